"""Figures of the service, always beside a baseline of the same run."""
