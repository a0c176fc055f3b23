"""Pages before the log-in."""
