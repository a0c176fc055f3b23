"""Queries for audiences: which conditions there are, and the ones that are kept under a name."""
