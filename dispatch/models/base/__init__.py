"""The base of all documents.

outlines: lightweight views of jobs, offers and agents.
record: atomic conditional writes, and reads.
tried: counted tries, parking and retries.
"""
