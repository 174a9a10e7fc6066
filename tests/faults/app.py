"""The product's Celery app with faults in its database driver: `celery -A tests.faults.app worker`."""

from celery_app import app
from tests.faults import database

database.install()

__all__ = ["app"]
