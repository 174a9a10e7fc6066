"""The job document, with its events and their follow-up."""
