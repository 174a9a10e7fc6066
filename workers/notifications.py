"""Notifications: messages are sent and looked up, templates are read, alarms are posted."""

from typing import Any

from bson import ObjectId

from dispatch.actions import alarms
from dispatch.actions.outbox import lookups, missing_receipts, send, templates
from dispatch.channels.whatsapp.client import LookUpFailed
from dispatch.channels.whatsapp.templates import TemplatesFailed
from dispatch.models import Alarm, Job, Message
from dispatch.models.base.record import utc_now
from dispatch.ops_webhook import PostFailed
from dispatch.rules.outbox.states import Lane
from workers.task_decorator import hinted, ids, one

#: Options for alarms: the server of operations may be down for a moment.
_AGAIN: dict[str, Any] = {
    "autoretry_for": (PostFailed,),
    "retry_backoff": True,
    "max_retries": 5,
    "throws": (PostFailed,),
}


@hinted("workers.notifications.send_replies", ids)
def send_replies(message_ids: list[ObjectId]) -> None:
    """Send replies."""
    send.send(message_ids, Lane.REPLIES)


@hinted("workers.notifications.send_bulk", ids)
def send_bulk(message_ids: list[ObjectId]) -> None:
    """Send messages of a broadcast."""
    send.send(message_ids, Lane.BULK)


@hinted("workers.notifications.look_up", one(Message), throws=(LookUpFailed,))
def look_up(message_id: ObjectId) -> None:
    """Ask Twilio whether it accepted a message. If Twilio does not answer, the sweep enqueues this task again."""
    lookups.look_up(message_id, utc_now())


@hinted("workers.notifications.ask_after", one(Message), throws=(LookUpFailed,))
def ask_after(message_id: ObjectId) -> None:
    """Ask Twilio about a message without receipts. If Twilio does not answer, the sweep enqueues this task again."""
    missing_receipts.ask_after(message_id, utc_now())


@hinted("workers.notifications.look_at_templates", throws=(TemplatesFailed,))
def look_at_templates() -> None:
    """Read Meta's decisions about the pushed templates. If Twilio does not answer, beat enqueues this task again."""
    templates.refresh_statuses(utc_now())


@hinted("workers.notifications.alert", one(Job))
def alert(job_id: ObjectId) -> None:
    """Record the alarm about a job. Version 0.1.0 enqueued this; tasks of it may still be in the queue."""
    alarms.record_job_alarm(job_id, utc_now())


@hinted("workers.notifications.ring", one(Alarm), **_AGAIN)
def ring(alarm_id: ObjectId) -> None:
    """Post an alarm to operations."""
    alarms.post_alarm(alarm_id)
