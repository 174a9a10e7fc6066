"""Decisions about offers: who is offered a job, and in which order."""
