"""The client's file: dossier, registrations and their whole life."""
