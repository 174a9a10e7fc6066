"""Decisions for operations: the consistency rules, and why an agent did or did not get a job."""
