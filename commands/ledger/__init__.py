"""Commands on the books."""
