"""Everything that can be set, and nothing that decides."""
