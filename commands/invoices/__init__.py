"""Commands on issued invoices."""
