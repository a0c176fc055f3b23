"""Payments of an invoice: where each cent of them lies, deposit, bounce, refunds and credit."""
