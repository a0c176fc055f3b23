"""Shapes that outlive the code: the event log, its keys and seals, labels and migrations."""
