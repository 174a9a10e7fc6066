"""Rules about timers."""
