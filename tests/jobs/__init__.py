"""A job's moves and what follows from them, on real stores."""
