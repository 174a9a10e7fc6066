"""The product's Flask app with faults in its database driver: `gunicorn tests.faults.web:app`."""

from tests.faults import database

database.install()

from wsgi import app  # noqa: E402 - the listener must be there before anything connects

__all__ = ["app"]
