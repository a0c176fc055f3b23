"""Credit of an invoice that goes back to the client, or to another invoice."""
