"""Alerting: what a person of operations should look at is marked on the job, logged, and posted to them."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch import ops_webhook
from dispatch.hints import tasks
from dispatch.models import Alarm, Job
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.outbox.twilio_errors import Advice

log = structlog.get_logger(__name__)

#: What an error asks of operations.
ADVICE_TEXT = dict.fromkeys(Advice, "see the message") | {
    Advice.MEND: "Twilio refuses our account's credentials, and nothing goes out until that is mended",
    Advice.LATER: "the sender has reached a limit of WhatsApp's; what could not go out is tried again later",
    Advice.NEXT_DAY: "the account has reached its limit for a day; what could not go out is tried again tomorrow",
    Advice.ALERT: "our account, our sender or a template at Twilio needs looking at",
    Advice.BUG: "we asked for something that can't be; please report it to whoever maintains this software",
}

REASON_TEXT = {
    Reason.NO_AGENT: "there is nobody left to offer it to. There may be more: see GET /api/jobs/?attention=true",
    Reason.UNCONFIRMED: "its agent was asked and has not confirmed",
    Reason.AGENT_INACTIVE: "its agent is not active any more",
    Reason.STUCK: "what follows from something that happened to it fails each time. See GET /health/detail",
    Reason.REMINDER_MISSED: "its time has come, and not everybody could be reminded of it",
    Reason.NOT_COMPLETED: "it should be over, and its agent has not said so",
}


def flag_attention(job: Job, reason: Reason, now: datetime, **guard: Any) -> bool:
    """Mark a job as needing attention, once, and let operations know; False when that stands already."""
    attended = Job.flag_attention(job.id, reason, now, **guard)
    if attended is None:
        return False
    log.error("job needs attention", job=str(job.id), reason=reason.value)
    tasks.alert(job.id)
    return True


def complain(advice: Advice, code: int | None, now: datetime) -> None:
    """Let operations know of an error of Twilio's that is not one message's alone, and of what it asks."""
    text = f"WhatsApp messages fail with Twilio's error {code or '(none)'}: {ADVICE_TEXT[advice]}."
    record_alarm(f"twilio:{code}", "messages_fail", text, now, code=str(code), advice=advice.value)


def record_alarm(cause: str, event: str, text: str, now: datetime, **facts: str) -> None:
    """Write down that operations are to be told, unless they were a moment ago, and hint at it; a sweep does too."""
    if not ops_webhook.was_told(cause) and (alarm_id := Alarm.record_alarm(cause, event, text, facts, now)):
        tasks.post_alarm(alarm_id)


def post_alarm(alarm_id: ObjectId) -> None:
    """Post an alarm, if it is still owed. Raises ops_webhook.PostFailed."""
    owed = Alarm.get(alarm_id)
    if owed and owed.post_at and ops_webhook.post(owed.cause, owed.text, event=owed.event, **owed.facts):
        Alarm.posted(alarm_id)


def alarm(job_id: ObjectId) -> None:
    """Post to operations that a job needs them, if they are still to be told: a sweep comes back to it until they are.

    A job without an agent is told of once for all such jobs. Raises ops_webhook.PostFailed.
    """
    job = Job.get(job_id)
    if job is None or job.alert_at is None or job.attention is None:
        return
    cause = job.attention if job.attention == Reason.NO_AGENT else f"{job.attention}:{job_id}"
    text = f"Inspection {job.code} needs attention: {REASON_TEXT[Reason(job.attention)]}."
    facts = {"reason": job.attention, "job_id": str(job_id), "code": job.code}
    if ops_webhook.post(cause, text, event="job_needs_attention", **facts):
        Job.alerted(job_id, job.attention)
