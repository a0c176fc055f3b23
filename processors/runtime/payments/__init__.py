"""What talks to the payment provider, and keeps what was asked of it."""
