"""Two dossiers of one person become one (DOS-5)."""
