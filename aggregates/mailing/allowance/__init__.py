"""How many e-mails of mailings one staff user may send in 24 hours."""
