"""Notifications: messages go out, replies apart from bulk, and unknown ones are looked up."""

import requests
from bson import ObjectId

from celery_app import app
from dispatch.actions import alerting, doubting, sending
from dispatch.models.record import utc_now
from dispatch.rules.delivery import Lane
from dispatch.whatsapp.client import LookUpFailed


@app.task(name="workers.notifications.send_replies")
def send_replies(message_ids: list[str]) -> None:
    """Send what answers somebody."""
    sending.send([ObjectId(message_id) for message_id in message_ids], Lane.REPLIES)


@app.task(name="workers.notifications.send_bulk")
def send_bulk(message_ids: list[str]) -> None:
    """Send what goes to many."""
    sending.send([ObjectId(message_id) for message_id in message_ids], Lane.BULK)


@app.task(name="workers.notifications.look_up", throws=(LookUpFailed,))
def look_up(message_id: str) -> None:
    """Ask Twilio what became of a message; when it can't be asked, the sweep comes back to it."""
    sending.look_up(ObjectId(message_id), utc_now())


@app.task(name="workers.notifications.ask_after", throws=(LookUpFailed,))
def ask_after(message_id: str) -> None:
    """Ask Twilio after a message of which no news came; when it can't be asked, the sweep comes back to it."""
    doubting.ask_after(ObjectId(message_id), utc_now())


@app.task(
    name="workers.notifications.alert",
    autoretry_for=(requests.RequestException,),
    retry_backoff=True,
    max_retries=5,
    throws=(requests.RequestException,),
)
def alert(job_id: str) -> None:
    """Let operations hear of a job; the board shows it in any case."""
    alerting.alarm(ObjectId(job_id))
