"""A job's life, in any order of events: what Hypothesis makes platform, people and the desk do, and what must hold."""
