"""Hints: tasks enqueued for work that the database shows as waiting."""
