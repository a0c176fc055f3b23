"""A client's basket: what is chosen, the quote frozen while it is paid."""
