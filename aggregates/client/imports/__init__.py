"""What another system knew of a client, taken over into the file (IMP-1)."""
