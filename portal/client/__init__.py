"""Pages of the client's own portal."""
