"""What a client wants to hear of, and how."""
