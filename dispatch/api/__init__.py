"""The REST API for the platform: one file for each resource.

agents: agents are created, shown, replaced and deleted.
clients: clients are shown and replaced.
docs: the page that documents the API.
job_lists: jobs of an agent, a client or a property; offers and timers of a job.
job_moves: a job is confirmed, completed, cancelled or released, or its failed work is retried.
job_views: a job or a page of jobs as the API shows them.
jobs: jobs are created, shown, changed and deleted; a job's timeline.
messages: messages are listed, shown and retried.
properties: properties are shown.
root: service information, health checks and the OpenAPI document.
why: the explanation why an agent has a job or not.
"""
