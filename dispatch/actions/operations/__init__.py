"""Work for the people who run the desk: health, consistency checks, retries, migration, explanations.

backlog: counts of overdue and parked work, and of webhook forms in Redis.
law_check: all live documents are checked against the laws.
law_readers: documents are read with what belongs to them, and judged.
migrate: documents and indexes are brought to the present schema version.
put_back: parked work is retried at a person's request.
why: the facts why an agent has a job or not are collected.
"""
