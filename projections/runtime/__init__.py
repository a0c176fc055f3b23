"""Carries read models along the log: one reader, builds beside the live ones, checks, repairs by hand."""
