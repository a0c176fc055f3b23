"""Phases in a client's file: enrolment, lost places, the letter at the end."""
