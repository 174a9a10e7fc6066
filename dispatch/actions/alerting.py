"""Alerting: what a person of operations should look at is marked on the job, logged, and posted to them."""

from datetime import datetime
from typing import Any

import redis
import requests
import structlog
from bson import ObjectId

from config.settings import settings
from dispatch import operations, queueing
from dispatch.models import Job, Message
from dispatch.rules import errors
from dispatch.rules.attention import Reason
from dispatch.rules.errors import Advice

log = structlog.get_logger(__name__)

#: What an error asks of operations.
SAID = dict.fromkeys(Advice, "see the message") | {
    Advice.MEND: "Twilio refuses our account's credentials, and nothing goes out until that is mended",
    Advice.LATER: "the sender has reached a limit of WhatsApp's; what could not go out is tried again later",
    Advice.NEXT_DAY: "the account has reached its limit for a day; what could not go out is tried again tomorrow",
    Advice.ALERT: "our account, our sender or a template at Twilio needs looking at",
    Advice.BUG: "we asked for something that can't be; please report it to whoever maintains this software",
}

_SAID = {
    Reason.NO_AGENT: "there is nobody left to offer it to. There may be more: see GET /api/jobs/?attention=true",
    Reason.UNCONFIRMED: "its agent was asked and has not confirmed",
    Reason.AGENT_INACTIVE: "its agent is not active any more",
    Reason.STUCK: "what follows from something that happened to it fails each time. See GET /health/detail",
    Reason.REMINDER_MISSED: "its time has come, and not everybody could be reminded of it",
    Reason.NOT_COMPLETED: "it should be over, and its agent has not said so",
}


def attend(job: Job, reason: Reason, now: datetime, **guard: Any) -> bool:
    """Mark a job as needing attention, once, and let operations know; False when that stands already."""
    attended = Job.attend(job.id, reason, now, **guard)
    if attended is None:
        return False
    log.error("job needs attention", job=str(job.id), reason=reason.value)
    queueing.alert(job.id)
    return True


def complain(message_id: ObjectId, code: int | None) -> None:
    """Let operations know of an error that is not this message's alone; of each code once in ten minutes."""
    if not operations.was_told(_of(code)):
        queueing.complain(message_id)


def tier_reached() -> None:
    """Let operations know that Meta lets us write to nobody else outside their windows for now."""
    log.error("messaging tier reached", most=settings().messaging_tier)
    text = "MESSAGING_TIER is reached: who has not written lately is written to when the 24 hours let it."
    try:
        operations.post("tier", text, event="tier_reached")
    except (requests.RequestException, redis.RedisError) as error:
        log.warning("operations not told", error=type(error).__name__)


def complaint(message_id: ObjectId) -> None:
    """Post to operations what Twilio said to a message. Raises requests.RequestException when that did not work."""
    message = Message.get(message_id)
    if message is None:
        return
    failed = [attempt for attempt in message.attempts if attempt.get("error_code")]
    code = failed[-1]["error_code"] if failed else None
    advice = errors.advice(code)
    text = f"WhatsApp messages fail with Twilio's error {code or '(none)'}: {SAID[advice]}."
    facts = {"code": str(code), "advice": advice.value, "message_id": str(message_id)}
    operations.post(_of(code), text, event="messages_fail", **facts)


def _of(code: int | None) -> str:
    return f"twilio:{code}"


def alarm(job_id: ObjectId) -> None:
    """Post to operations that a job needs them, if they are still to be told: a sweep comes back to it until they are.

    A job without an agent is told of once for all such jobs. Raises requests.RequestException when that did not work.
    """
    job = Job.get(job_id)
    if job is None or job.alert_at is None or job.attention is None:
        return
    cause = job.attention if job.attention == Reason.NO_AGENT else f"{job.attention}:{job_id}"
    text = f"Inspection {job.code} needs attention: {_SAID[Reason(job.attention)]}."
    facts = {"reason": job.attention, "job_id": str(job_id), "code": job.code}
    if operations.post(cause, text, event="job_needs_attention", **facts):
        Job.alerted(job_id, job.attention)
