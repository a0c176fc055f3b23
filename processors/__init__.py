"""What happens by itself: process managers, the outbox, delivery."""
