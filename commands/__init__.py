"""What may be asked of the portal; the only writers of events."""
