"""Decisions about timers.

timer_kinds: the table of timer kinds: due time, states of the job, events that clear them.
"""
