"""Celery tasks: each takes ids and calls one action. This package connects the stores after fork.

assignment: claims are settled.
broadcasting: events of jobs and changes of agents are followed up.
inbox: inbound messages are handled, buffered forms are saved.
notifications: messages are sent and looked up; templates are read; alarms are posted.
reminders: timers are scheduled and fired.
sweeps: overdue work is enqueued again.
task_decorator: `hinted` makes a task whose arguments are checked.
"""

from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_init
from structlog.contextvars import bind_contextvars, clear_contextvars

from dispatch import stores

#: Seconds that one call to MongoDB may take in a task: no request waits for it, and leases are longer.
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
