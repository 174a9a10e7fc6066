"""The only package that imports twilio."""
