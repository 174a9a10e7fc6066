"""The job document.

attentions: expressions that compute the reasons for attention in a write.
eventful: events of a job.
flagged: why operations should look at a job.
followed: follow-up work for events.
job: the document with its queries.
"""
