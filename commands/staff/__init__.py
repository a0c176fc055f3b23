"""Commands on staff users."""
