"""Read models: each file folds facts into rows and answers queries."""
