"""A workshop at a date: plan, seats and attendance."""
