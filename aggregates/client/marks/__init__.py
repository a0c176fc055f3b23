"""What staff put on a file: notes and the privilege card."""
