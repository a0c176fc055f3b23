"""The demo school: an invented school for trying the portal out, never used in production."""
