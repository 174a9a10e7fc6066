"""Inbound messages, on real stores."""
