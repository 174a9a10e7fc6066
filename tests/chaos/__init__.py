"""Fault injection: kills and freezes processes and stores on a schedule from a seed, then counts losses.

`make chaos` runs it at full size, or with other values of JOBS, REPLIES, KILLS and MINUTES. `invariants.py` defines
lost, double, misassigned, late and unlawful.
"""
