"""Commands on registrations."""
