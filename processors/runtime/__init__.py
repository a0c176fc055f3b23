"""What carries the processors: following the log, the outbox, delivery."""
