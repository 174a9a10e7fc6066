"""Pure decisions: no I/O, no clock, no framework.

failures: retries of failed work.
phones: canonical phone numbers.
timing: due times, and local time to UTC and back.
"""
