"""What the school writes to its clients: templates of e-mails, and mailings to many."""
