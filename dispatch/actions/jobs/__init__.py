"""The life of a job: what happens to it, and what follows from each event."""
