"""The product's Celery app on a broker that gives a worker one second: `celery -A tests.faults.hasty_broker worker`.

A task that waits longer than that for its ETA is delivered again, to whichever worker asks; each delivery is logged.
"""

from typing import Any

import structlog
from celery.signals import task_received

from celery_app import app

_HASTY = {"visibility_timeout": 1, "unacked_restore_interval": 1}
app.conf.broker_transport_options = {**app.conf.broker_transport_options, **_HASTY}


@task_received.connect
def _log(request: Any, **_: Any) -> None:
    structlog.get_logger(__name__).info("delivered", name=request.name, args=request.argsrepr)


__all__ = ["app"]
