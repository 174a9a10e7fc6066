"""Tests of a whole running desk: gunicorn, workers, beat and the pretend Twilio, as in production."""
