"""Commands on what the school writes to its clients."""
