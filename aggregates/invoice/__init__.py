"""An invoice: what was sold at which price, and what became of each line."""
