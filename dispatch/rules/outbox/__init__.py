"""Decisions about outbound messages: states, attempts, the 24-hour window, senders, Twilio errors."""
