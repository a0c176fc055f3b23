"""Proofs of the discounts a client was sold at."""
