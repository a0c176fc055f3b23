"""What becomes of a mailing while it leaves."""
