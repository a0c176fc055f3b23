"""What another system had invoiced, taken over with what is still open (IMP-1)."""
