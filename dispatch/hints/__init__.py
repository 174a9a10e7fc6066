"""Hints: tasks enqueued for work that the database shows as waiting.

publish: a task is published to its queue in Redis.
tasks: one function for each task that is enqueued.
"""
