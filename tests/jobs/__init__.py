"""Tests of a job's events and their follow-up, on real stores."""
