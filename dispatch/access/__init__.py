"""Who may call a route."""
