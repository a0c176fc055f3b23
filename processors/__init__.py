"""Reactions to facts: process managers, outbox, deliveries, timers."""
