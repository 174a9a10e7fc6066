"""Faults from outside: real processes pause or die between two commands to MongoDB; not a line of ours is changed."""
