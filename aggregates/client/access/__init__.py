"""How a client gets in: links, password, the address confirmed."""
