"""What the school teaches, where, at which price, and by which settings."""
