"""E-mails about a client that came back or never left, and what became of them."""
