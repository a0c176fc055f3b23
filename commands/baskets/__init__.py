"""Commands on a client's basket."""
