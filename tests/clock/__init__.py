"""Timers and the sweep, on real stores."""
