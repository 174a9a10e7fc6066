"""Chaos: everything dies, freezes and is emptied at work, on a schedule from a seed; then it is counted what was lost.

`make chaos` runs it at full size, `test_chaos.py` a short form. What counts as lost, double, misassigned and late
stands in `invariants.py`.
"""
