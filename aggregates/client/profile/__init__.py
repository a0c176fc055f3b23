"""Who a client is, where they are reached, and who their invoices are made out to."""
