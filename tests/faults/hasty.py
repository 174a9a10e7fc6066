"""The product's Celery app with faults in its database driver, and little patience: `celery -A tests.faults.hasty`.

Leases and waits that last seconds take tenths of them, so that a test sees the end of it.
"""

from celery_app import app
from dispatch.models.message import inbound
from dispatch.rules import failures
from tests.faults import database

inbound.HANDLING_SECONDS = 0.3  # type: ignore[assignment]
failures.FIRST_WAIT = 0.1
database.install()

__all__ = ["app"]
