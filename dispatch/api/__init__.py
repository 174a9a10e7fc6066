"""REST for the platform: one file a resource, what a body may hold in schemas/."""
