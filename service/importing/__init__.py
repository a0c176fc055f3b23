"""`portail import`: files of another system, line by line (IMP-1)."""
