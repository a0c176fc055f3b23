"""Questions to the read models: GET only, JSON, roles declared on each query."""
