"""What the school writes to its clients: templates of e-mails."""
