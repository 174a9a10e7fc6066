"""Timers that fall due, and the sweep over overdue work."""
