"""Commands on the catalogue and the settings."""
