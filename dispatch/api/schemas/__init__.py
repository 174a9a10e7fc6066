"""What bodies, queries and answers may hold: one file a resource, each schema instantiated once."""
