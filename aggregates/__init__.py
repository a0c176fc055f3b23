"""Facts and rules of the school: pure values in, facts or refusals out."""
