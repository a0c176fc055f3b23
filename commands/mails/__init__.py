"""Commands on e-mails of a dossier."""
