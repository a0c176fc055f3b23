"""An invoice of today whose registrations were a mistake."""
