"""`portail scan-erased`: whether erased values can still be found anywhere, however they are written."""
