"""A desk to try the product on, with everything that it needs from outside on this machine.

answering: checks whether a started process answers; initiates the replica set.
conformance: compares the pretend Twilio with Twilio's OpenAPI documents.
content_conformance: the same for the Content API.
data_directory: the lock, secrets and ports that a desk keeps in DATA_DIR.
desk: `make run`: starts, supervises and stops all processes.
embedded: real MongoDB and Redis from wheels.
greeting: the banner that is printed last.
processes: starts processes so that none is left behind.
roster: the list of processes.
supervision: prints output, restarts and stops processes.
"""
