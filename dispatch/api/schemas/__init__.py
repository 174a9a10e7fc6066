"""Schemas of bodies, queries and answers: one file for each resource, each schema instantiated once.

agents: agents.
clients: clients.
consents: the opt-ins and opt-outs of a person.
errors: the shape of every error.
fields: the types of fields.
jobs: jobs and their timelines.
messages: messages and their delivery attempts.
offers: offers.
paging: the query parameters of lists.
paths: path parameters.
properties: properties.
root: service information, health and operational status.
timers: timers.
why: the explanation why an agent has a job or not.
"""
