"""Registrations in a client's file: their whole life."""
