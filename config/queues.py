"""Queues, the workers that consume them, routes of tasks, and Celery's delivery guarantees."""

from typing import Any

#: Name of a worker process -> the queues that it consumes. Writing offers (rounds) and sending them (bulk) never delay
#: a reply, and a crowd of replies never delays a timer (clock).
WORKERS: dict[str, tuple[str, ...]] = {
    "core": ("inbox", "assignment"),
    "clock": ("reminders", "sweeps"),
    "rounds": ("broadcasting",),
    "replies": ("replies",),
    "bulk": ("bulk",),
    "lookups": ("lookups",),
}
#: Child processes of each worker on a small machine; `docs/scaling.md` says which to raise. Bulk mostly waits for
#: Twilio: with two processes on two cores, the machine would be idle for a third of the time.
CONCURRENCY: dict[str, int] = {"core": 2, "clock": 2, "rounds": 2, "replies": 2, "bulk": 3, "lookups": 1}
QUEUES: tuple[str, ...] = tuple(queue for queues in WORKERS.values() for queue in queues)

#: Task name -> queue. All routes are here: a sender by name does not see options of the task's decorator.
ROUTES: dict[str, dict[str, str]] = {
    "workers.inbox.handle": {"queue": "inbox"},
    "workers.inbox.rescue": {"queue": "inbox"},
    "workers.assignment.settle": {"queue": "assignment"},
    "workers.broadcasting.follow": {"queue": "broadcasting"},
    "workers.broadcasting.catch_up": {"queue": "broadcasting"},
    "workers.notifications.send_replies": {"queue": "replies"},
    "workers.notifications.send_bulk": {"queue": "bulk"},
    "workers.notifications.look_up": {"queue": "lookups"},
    "workers.notifications.ask_after": {"queue": "lookups"},
    "workers.notifications.alert": {"queue": "lookups"},
    "workers.notifications.ring": {"queue": "lookups"},
    "workers.notifications.look_at_templates": {"queue": "lookups"},
    "workers.reminders.arm": {"queue": "sweeps"},
    "workers.reminders.fire": {"queue": "reminders"},
    "workers.sweeps.sweep": {"queue": "sweeps"},
}

#: Seconds until Redis gives an unacknowledged task to another worker. Every ETA must be well below.
VISIBILITY_TIMEOUT = 300
#: Seconds before its due time at which a timer is enqueued as an ETA task.
ARMING_HORIZON = 60
#: Messages in one sending task. The threads of a task share one Twilio client.
SEND_CHUNK = 100
SEND_THREADS = 50
#: Seconds after which a sending task begins no further message. With a slow Twilio it still ends within 30 s.
SEND_BUDGET = 15.0


def celery_config(redis_url: str) -> dict[str, Any]:
    """Return Celery's settings: late acknowledgement, no results, JSON only, short time-outs for the broker."""
    return {
        "broker_url": redis_url,
        "broker_transport": "config.broker:Transport",
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
            "health_check_interval": 25,
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_publish_retry": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "event_serializer": "json",
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "task_routes": ROUTES,
        "task_default_queue": "sweeps",
        "task_create_missing_queues": True,
        "timezone": "UTC",
        "enable_utc": True,
    }
