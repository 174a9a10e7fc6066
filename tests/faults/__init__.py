"""Faults from outside: real processes pause or die between two commands to MongoDB. The product's code is unchanged."""
