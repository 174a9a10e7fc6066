"""Decisions about a job: its states, its plan, its code, and the reasons for attention."""
