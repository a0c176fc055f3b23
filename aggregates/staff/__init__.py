"""Staff users: who they are and which roles they have."""
