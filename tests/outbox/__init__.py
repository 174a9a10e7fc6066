"""Outbound messages, on real stores and the pretend Twilio."""
