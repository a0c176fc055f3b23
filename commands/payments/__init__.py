"""Commands on payments, credit and cancellation cases."""
