"""Offering: which agents a job is offered to, and when."""
