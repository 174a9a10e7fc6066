"""The agent document, with its status changes and pauses."""
