"""Commands on saved queries."""
