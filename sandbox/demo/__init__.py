"""`make demo`: plays a day on the desk of `make run`, from a seed, at a speed that people can follow.

day: the events of the day.
gunicorn: gunicorn's configuration with seeded codes.
recorded: plays the day fast and records the requests to Twilio.
stage: posts jobs, writes on phones, waits for messages.
"""
