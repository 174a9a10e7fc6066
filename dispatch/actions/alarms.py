"""Alarms: a notice to operations is recorded as a row, then posted. Jobs that need attention get one each."""

from datetime import datetime
from typing import Any

import structlog
from bson import ObjectId

from config.settings import settings
from dispatch import ops_webhook
from dispatch.hints import tasks
from dispatch.models import Agent, Alarm, Job
from dispatch.rules.jobs import attention_texts
from dispatch.rules.jobs.attention import REASONS, Reason
from dispatch.rules.outbox.twilio_errors import Advice
from dispatch.wording import facts

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

_NO_MARKS = str.maketrans("<>", "‹›")
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


def record_expired(job: Job, now: datetime) -> None:
    """Record an alarm about a job that no agent took before its start."""
    text = f"Inspection {job.code} has expired: no agent took it before its start."
    record_alarm(f"expired:{job.id}", "job_expired", text, now, job_id=str(job.id), code=job.code)


def record_question(message_id: ObjectId, person: Any, now: datetime) -> None:
    """Record an alarm about a message without a job that needs an answer, once in ten minutes for each person."""
    text = "A text needs a person's answer, and belongs to no inspection: see GET /api/messages/?needs_answer=true."
    record_alarm(f"needs_answer:{person}", "message_needs_answer", text, now, message_id=str(message_id))


def record_start_unconfirmed(job: Job, now: datetime) -> None:
    """Record an alarm about a visit that should begin, and that its agent has not confirmed."""
    text = f"Inspection {job.code} should begin now, and its agent has not confirmed it. The client is informed."
    cause = f"start_unconfirmed:{job.id}:{job.plan}"
    record_alarm(cause, "start_unconfirmed", text, now, job_id=str(job.id), code=job.code)


def record_twilio_error(advice: Advice, code: int | None, now: datetime) -> None:
    """Record an alarm about a Twilio error that concerns more than one message."""
    text = f"WhatsApp messages fail with Twilio's error {code or '(none)'}: {ADVICE_TEXT[advice]}."
    record_alarm(f"twilio:{code}", "messages_fail", text, now, code=str(code), advice=advice.value)


def record_alarm(cause: str, event: str, text: str, now: datetime, topic: str | None = None, **facts_: str) -> None:
    """Record an alarm and enqueue its posting, unless one of its topic was posted in the last ten minutes."""
    topic = topic or cause
    if ops_webhook.was_posted(topic):
        return
    if alarm_id := Alarm.record_alarm(cause, topic, event, text, facts_, now):
        tasks.post_alarm(alarm_id)


def post_alarm(alarm_id: ObjectId) -> None:
    """Post an alarm, unless it is posted or its job no longer needs attention. Raises ops_webhook.PostFailed."""
    alarm = Alarm.get(alarm_id)
    if alarm is None or alarm.post_at is None:
        return
    topic = alarm.topic or alarm.cause
    if not _still_holds(alarm):
        Alarm.posted(alarm)
        return
    about = _about(alarm)
    text = "\n".join([alarm.text, *about.values()])
    if ops_webhook.post(topic, text, event=alarm.event, **alarm.facts, **about):
        Alarm.posted(alarm)


def _record_about(job: Job, reason: Reason, now: datetime) -> None:
    """Record the alarm about a job. Jobs without an agent share a topic: one alarm leads to the list.

    The mark that it is missing goes last: a process that dies before leaves it to the sweep to do this again.
    """
    text = f"Inspection {job.code} needs attention: {attention_texts.REASON_TEXT[reason]}."
    of_job = {"reason": reason.value, "job_id": str(job.id), "code": job.code}
    cause = f"{reason.value}:{job.id}"
    topic = reason.value if reason == Reason.NO_AGENT else cause
    record_alarm(cause, JOB_ALARM, text, now, topic, **of_job)
    Job.alarm_recorded(job.id, reason)


def _about(alarm: Alarm) -> dict[str, str]:
    """Return the facts that a person needs, as they are now: they are not stored, as they name people.

    Phone numbers and notes are left out. Chat services read "<" and ">" as marks of their own.
    """
    job = Job.get(alarm.facts.get("job_id"))
    about: dict[str, str] = {}
    if job:
        known = facts.of(
            job.code, job.property_details["title"], job.property_details["address"], job.starts_at, job.timezone
        )
        about["property"] = f"Property: {known['title']}, {known['address']}"
        about["starts"] = f"When: {known['date']}, {known['time']} ({known['zone_note']})"
        agent = Agent.get(job.agent)
        about |= {"agent": f"Agent: {agent.name}"} if agent else {}
        about["client"] = f"Client: {job.client_details['name']}"
    to_do = attention_texts.to_do(alarm.event, alarm.facts.get("reason"))
    about |= {"to_do": f"To do: {to_do}"} if to_do else {}
    if job:
        about["link"] = f"{settings().web.public_base_url}/api/jobs/{job.id}"
    elif message_id := alarm.facts.get("message_id"):
        about["link"] = f"{settings().web.public_base_url}/api/messages/{message_id}"
    return {name: value.translate(_NO_MARKS) for name, value in about.items()}


def _still_holds(alarm: Alarm) -> bool:
    if alarm.event != JOB_ALARM:
        return True
    job = Job.get(alarm.facts["job_id"])
    return job is not None and any(each["reason"] == alarm.facts["reason"] for each in job.reasons)
