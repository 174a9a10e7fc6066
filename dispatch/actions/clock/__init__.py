"""Timers that are due, and the sweep over overdue work.

due: fires a timer: one function for each kind of timer.
sweep: enqueues all overdue work.
"""
