"""Notifications: messages go out, replies apart from bulk, and unknown ones are looked up."""

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

#: Operations' server may be down for a moment.
_AGAIN: dict[str, Any] = {
    "autoretry_for": (PostFailed,), "retry_backoff": True, "max_retries": 5,
    "throws": (PostFailed,),
}  # fmt: skip


@hinted("workers.notifications.send_replies", ids)
def send_replies(message_ids: list[ObjectId]) -> None:
    """Send what answers somebody."""
    send.send(message_ids, Lane.REPLIES)


@hinted("workers.notifications.send_bulk", ids)
def send_bulk(message_ids: list[ObjectId]) -> None:
    """Send what goes to many."""
    send.send(message_ids, Lane.BULK)


@hinted("workers.notifications.look_up", one(Message), throws=(LookUpFailed,))
def look_up(message_id: ObjectId) -> None:
    """Ask Twilio what became of a message; when it can't be asked, the sweep comes back to it."""
    lookups.look_up(message_id, utc_now())


@hinted("workers.notifications.ask_after", one(Message), throws=(LookUpFailed,))
def ask_after(message_id: ObjectId) -> None:
    """Ask Twilio after a message of which no news came; when it can't be asked, the sweep comes back to it."""
    missing_receipts.ask_after(message_id, utc_now())


@hinted("workers.notifications.look_at_templates", throws=(TemplatesFailed,))
def look_at_templates() -> None:
    """Read Meta's word on the templates that were pushed; when Twilio can't be asked, beat comes back to it."""
    templates.look(utc_now())


@hinted("workers.notifications.alert", one(Job), **_AGAIN)
def alert(job_id: ObjectId) -> None:
    """Let operations hear of a job; the board shows it in any case."""
    alarms.alarm(job_id)


@hinted("workers.notifications.ring", one(Alarm), **_AGAIN)
def ring(alarm_id: ObjectId) -> None:
    """Let operations hear of what is no single job's matter; the log shows it in any case."""
    alarms.post_alarm(alarm_id)
