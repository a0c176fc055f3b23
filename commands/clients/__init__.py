"""Commands on dossiers."""
