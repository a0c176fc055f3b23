"""The payment provider's simulator: the same protocol on this machine, for demo and tests."""

WEBHOOK_ID = "SIMULATED"
"""The id of our webhook there."""
