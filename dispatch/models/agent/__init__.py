"""The agent document.

agent: the document with its queries and status changes.
pausing: pauses of offers.
status_follow_up: follow-up work for status changes.
"""
