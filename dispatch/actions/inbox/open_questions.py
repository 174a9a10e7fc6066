"""Open questions: messages that only a person can answer are shown to operations until they are answered."""

from datetime import datetime

import structlog
from bson import ObjectId

from dispatch.actions import alarms
from dispatch.models import Job, Message
from dispatch.rules.jobs.attention import Reason

log = structlog.get_logger(__name__)


def flag(message: Message, now: datetime) -> None:
    """Show a message that needs an answer to operations, with its job if it has one. Harmless if repeated."""
    if not message.needs_answer:
        return
    job = Job.get(message.job)
    if job is None:
        alarms.record_question(message.id, message.agent or message.client_id, now)
    else:
        alarms.flag_attention(job, Reason.NEEDS_ANSWER, now)


def mark_answered(message: Message, now: datetime) -> bool:
    """Note that operations have answered this message, and the person's earlier ones. Return False if it needs none."""
    if message.needs_answer is None:
        return False
    Message.mark_answered(message.phone, message.id)
    for job_id in Job.ids_with_reason(Reason.NEEDS_ANSWER):  # all of them: a request that died here is repeated
        _clear(job_id, now)
    log.info("message answered", message=str(message.id))
    return True


def end_attention(job_id: ObjectId, reason: Reason, now: datetime) -> None:
    """Note that operations have done what this reason for attention asks for. Messages count as answered."""
    if reason == Reason.NEEDS_ANSWER:
        Message.mark_answered_about(job_id)
        _clear(job_id, now)
    else:
        Job.clear_attention(job_id, reason, now)
    log.info("attention ended", job=str(job_id), reason=reason.value)


def _clear(job_id: ObjectId, now: datetime) -> None:
    if Message.any_needs_answer(job_id):
        return
    Job.clear_attention(job_id, Reason.NEEDS_ANSWER, now)
    job = Job.get(job_id)
    if job and Message.any_needs_answer(job_id):  # it arrived between the two
        alarms.flag_attention(job, Reason.NEEDS_ANSWER, now)
