"""Pure decisions: no I/O, no clock, no framework.

failures: retries of failed work.
numbers: numbers within texts of other people.
phones: canonical phone numbers.
texts: whether a text shows anything, and whether two are the same.
timing: due times, and local time to UTC and back.
"""
