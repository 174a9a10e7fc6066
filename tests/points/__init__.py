"""Crash tests: each action is killed at each of its writes and sends; the final state must be the same."""
