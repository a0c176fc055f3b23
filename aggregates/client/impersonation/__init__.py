"""Staff who log in as a client to guide them (DOS-12)."""
