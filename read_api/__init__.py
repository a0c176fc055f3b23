"""GET only: JSON of the read models, history and as-of."""
