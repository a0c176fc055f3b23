"""Registrations and phases in a client's file: their whole life."""
