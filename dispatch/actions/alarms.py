"""Alarms: a notice to operations is recorded as a row, then posted. Jobs that need attention get one each."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from dispatch import ops_webhook
from dispatch.hints import tasks
from dispatch.models import Alarm, Job
from dispatch.rules.jobs.attention import REASONS, Reason
from dispatch.rules.outbox.twilio_errors import Advice

log = structlog.get_logger(__name__)

#: Advice about a Twilio error -> its words in an alarm.
ADVICE_TEXT = dict.fromkeys(Advice, "see the message") | {
    Advice.MEND: "Twilio or Meta refuses our account, its credentials or our sender, and no message is sent until that "
    "is corrected; the messages are kept and retried",
    Advice.LATER: "the sender has reached a WhatsApp limit; the messages are retried later",
    Advice.NEXT_DAY: "the account has reached its daily limit; the messages are retried tomorrow",
    Advice.DAY_LATER: "Meta takes the template for marketing; outside of the US the messages are retried once tomorrow",
    Advice.UNKNOWN: "this software does not know the error; the messages are retried once, please look the code up",
    Advice.ALERT: "please check our account, our sender and our templates at Twilio",
    Advice.BUG: "our request was invalid; please report it to the maintainers of this software",
}

REASON_TEXT = {
    Reason.NO_AGENT: "no agent is left to offer it to; other jobs may be affected, see GET /api/jobs/?attention=true",
    Reason.UNCONFIRMED: "its agent was asked for a confirmation and has not confirmed",
    Reason.AGENT_INACTIVE: "its agent is no longer active",
    Reason.STUCK: "follow-up work for this job keeps failing, see GET /health/detail",
    Reason.REMINDER_MISSED: "the visit should have begun, and a reminder could not be sent before",
    Reason.NOT_COMPLETED: "the visit should be over, and its agent has not reported it as completed",
}
#: The event of an alarm about a job.
JOB_ALARM = "job_needs_attention"


def flag_attention(job: Job, reason: Reason, now: datetime, **guard: Any) -> bool:
    """Mark a job as needing attention and record an alarm. Return False if it is marked with this reason already."""
    flagged = Job.flag_attention(job.id, reason, now, **guard)
    if flagged is None:
        return False
    log.error("job needs attention", job=str(job.id), reason=reason.value)
    _record_about(flagged, reason, now)
    return True


def record_job_alarm(job_id: ObjectId, now: datetime) -> None:
    """Record the alarms about a job that was marked, if the process that marked it died. Harmless if repeated."""
    job = Job.get(job_id)
    if job is None:
        return
    for each in job.reasons:
        if each.get("alarm") and each["reason"] in REASONS:  # newer code knows the others
            _record_about(job, Reason(each["reason"]), now)


def record_twilio_error(advice: Advice, code: int | None, now: datetime) -> None:
    """Record an alarm about a Twilio error that concerns more than one message."""
    text = f"WhatsApp messages fail with Twilio's error {code or '(none)'}: {ADVICE_TEXT[advice]}."
    record_alarm(f"twilio:{code}", "messages_fail", text, now, code=str(code), advice=advice.value)


def record_alarm(cause: str, event: str, text: str, now: datetime, topic: str | None = None, **facts: str) -> None:
    """Record an alarm and enqueue its posting, unless one of its topic was posted in the last ten minutes."""
    topic = topic or cause
    if ops_webhook.was_posted(topic):
        return
    if alarm_id := Alarm.record_alarm(cause, topic, event, text, facts, now):
        tasks.post_alarm(alarm_id)


def post_alarm(alarm_id: ObjectId) -> None:
    """Post an alarm, unless it is posted or its job no longer needs attention. Raises ops_webhook.PostFailed."""
    alarm = Alarm.get(alarm_id)
    if alarm is None or alarm.post_at is None:
        return
    topic = alarm.topic or alarm.cause
    if not _still_holds(alarm) or ops_webhook.post(topic, alarm.text, event=alarm.event, **alarm.facts):
        Alarm.posted(alarm)


def _record_about(job: Job, reason: Reason, now: datetime) -> None:
    """Record the alarm about a job. Jobs without an agent share a topic: one alarm leads to the list.

    The mark that it is missing goes last: a process that dies before leaves it to the sweep to do this again.
    """
    text = f"Inspection {job.code} needs attention: {REASON_TEXT[reason]}."
    facts = {"reason": reason.value, "job_id": str(job.id), "code": job.code}
    cause = f"{reason.value}:{job.id}"
    topic = reason.value if reason == Reason.NO_AGENT else cause
    record_alarm(cause, JOB_ALARM, text, now, topic, **facts)
    Job.alarm_recorded(job.id, reason)


def _still_holds(alarm: Alarm) -> bool:
    if alarm.event != JOB_ALARM:
        return True
    job = Job.get(alarm.facts["job_id"])
    return job is not None and any(each["reason"] == alarm.facts["reason"] for each in job.reasons)
