"""Celery tasks: a few lines each, ids in, one action called. This package connects the stores after fork."""

from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_init
from structlog.contextvars import bind_contextvars, clear_contextvars

from dispatch import stores

#: Seconds that one call to MongoDB may take in a task: nobody waits for it, and the lease is longer.
MONGODB_SECONDS = 5.0


@worker_process_init.connect
def _connect(**_: Any) -> None:
    stores.connect(MONGODB_SECONDS)


@task_prerun.connect
def _begin(task_id: str, task: Any, **_: Any) -> None:
    clear_contextvars()
    bind_contextvars(task=task.name, task_id=task_id)
    stores.prepare()


@task_postrun.connect
def _end(**_: Any) -> None:
    clear_contextvars()
