"""Chaos: everything dies, freezes and is emptied at work, on a schedule from a seed; then it is counted what was lost.

`make chaos` runs it, at full size or with JOBS, REPLIES, KILLS and MINUTES of one's own. What counts as lost, double,
misassigned and late stands in `invariants.py`.
"""
