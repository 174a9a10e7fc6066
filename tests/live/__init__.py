"""The whole desk alive: gunicorn, worker processes, beat and the pretend Twilio, as production runs them."""
