"""Actions speak to the pretend Twilio."""

from tests.pretending import pretend_twilio, twilio

__all__ = ["pretend_twilio", "twilio"]
