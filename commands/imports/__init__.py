"""Lines taken over from another system, one command each."""
