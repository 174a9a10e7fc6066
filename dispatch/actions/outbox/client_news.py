"""News for clients: operations learn which client can't be informed about a job."""

from datetime import datetime

from dispatch.actions import alarms
from dispatch.models import Client, Job, Message
from dispatch.models.message.batched import Outgoing
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.outbox import kinds, states
from dispatch.rules.outbox.kinds import To


def note_not_reached(message: Message | Outgoing, now: datetime, failed: int | None = None) -> None:
    """Flag the job of a client's message that is given up, unless an attempt may have arrived. Harmless if repeated.

    `failed`: the number of the attempt that has just failed.
    """
    kind = kinds.find(message.kind)
    if kind is None or kind.to != To.CLIENT or kind.category is None:
        return
    if any(attempt["state"] in states.TAKEN and attempt["n"] != failed for attempt in message.attempts or ()):
        return
    if job := Job.get(message.job):
        alarms.flag_attention(job, Reason.CLIENT_NOT_REACHED, now)


def note_withheld(message: Outgoing, now: datetime) -> None:
    """Flag the job of a message that is withheld from a client who can't be reached. STOP is the client's decision."""
    client = None if message.agent else Client.by_phone(message.phone)
    if client and client.unreachable:
        note_not_reached(message, now)
