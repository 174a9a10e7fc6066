"""Valid things in one line: `a_job(starts_in="2h")`; a test's first line then says what is special about it."""

import secrets
from datetime import datetime
from typing import Any

from bson import ObjectId
from twilio.request_validator import RequestValidator

from config.settings import settings
from dispatch.actions.inbox import arrivals
from dispatch.actions.jobs import events, new_job
from dispatch.models import Agent, Job, Message
from dispatch.models.base.record import utc_now
from dispatch.models.message.batched import Outgoing
from tests.bodies import LEFT_OUT, a_job_body, a_phone, an_agent_body, changed, duration

#: Names that tests import from here, those of bodies included.
__all__ = [
    "LEFT_OUT",
    "a_job",
    "a_job_body",
    "a_phone",
    "a_receipt_form",
    "an_agent",
    "an_agent_body",
    "an_inbound_form",
    "an_offered_job",
    "changed",
    "duration",
    "heard",
    "kinds_to",
    "lease",
    "ready_to_send",
    "signed",
]


def an_agent(**changes: Any) -> Agent:
    """Save an agent."""
    now = utc_now()
    body = {
        "agent_id": Agent.new_agent_id(),
        "name": "Ada Obi",
        "phone": a_phone(),
        "created_at": now,
        "updated_at": now,
    }
    return Agent(**changed(body, changes)).save(force_insert=True)


def a_job(starts_in: str = "2d", **changes: Any) -> Job:
    """Save a pending job that starts then (to the second), as the API would; `property__zone=…` as in `a_job_body`."""
    now = utc_now()
    details = {"timezone": "Africa/Lagos", **a_job_body(starts_in, **changes), "starts_at": now + duration(starts_in)}
    return new_job.open_job(details, now)


def an_offered_job(starts_in: str = "2d") -> Job:
    """Save a pending job whose offers have reached every active agent."""
    job = a_job(starts_in)
    events.follow_up(job.id, utc_now())
    for message in Message.objects(kind="offer", job=job.id):
        lease(message.id, utc_now())
    return job


def lease(message_id: ObjectId, now: datetime) -> Message | None:
    """Take a message for one POST, as a worker does; None when it can't be taken."""
    return Message.get(message_id) if Message.lease(ready_to_send(message_id, now=now), now) else None


def ready_to_send(*ids: ObjectId, now: datetime) -> list[Outgoing]:
    """Read messages as a worker does that is about to send them; each must be whole."""

    def broken(_: ObjectId, error: Exception) -> None:
        raise error

    return Message.ready_to_send(ids, now, broken)


def heard(agent: Agent, text: str) -> Message:
    """Save what an agent wrote, without handling it."""
    form = an_inbound_form(phone=agent.phone, Body=text)
    arrivals.save(form)
    return Message.objects.get(twilio_sid=form["MessageSid"])


def kinds_to(agent: Agent) -> list[str]:
    """Return what was written for an agent, by kind, in order."""
    return [message.kind for message in Message.objects(phone=agent.phone, direction="outbound").order_by("id")]


def an_inbound_form(**changes: str) -> dict[str, str]:
    """Return the form that Twilio posts when a person writes."""
    sid = "SM" + secrets.token_hex(16)
    phone = changes.pop("phone", None) or a_phone()
    return {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Zoë",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": phone.lstrip("+"),
        "SmsStatus": "received",
        "Body": "Yes please 👍",
        "To": "whatsapp:+14155238886",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": settings().twilio.account_sid,
        "From": f"whatsapp:{phone}",
        "ApiVersion": "2010-04-01",
        **changes,
    }


def a_receipt_form(sid: str, status: str, **changes: str) -> dict[str, str]:
    """Return the fields that matter of the form that Twilio posts as a receipt."""
    account = settings().twilio.account_sid
    return {"MessageSid": sid, "SmsSid": sid, "AccountSid": account, "MessageStatus": status, **changes}


def signed(path_and_query: str, form: Any) -> dict[str, str]:
    """Return the header by which Twilio proves that it posts this form to this path of ours."""
    validator = RequestValidator(settings().twilio.auth_token)
    return {"X-Twilio-Signature": validator.compute_signature(settings().web.public_base_url + path_and_query, form)}
