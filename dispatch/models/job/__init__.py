"""The job document.

eventful: events of a job, and why operations should look at it.
followed: follow-up work for events.
job: the document with its queries.
"""
