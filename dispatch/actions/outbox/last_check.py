"""The last check: just before messages would be sent, those that are not true any more are withdrawn.

A message whose recipient has another number now is readdressed, so nobody gets what was meant for an earlier holder.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from config.settings import settings
from dispatch.actions.jobs import reminders
from dispatch.actions.outbox import client_news, outcomes, recipients
from dispatch.hints import tasks
from dispatch.models import Agent, Client, Contact, Job, Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.models.consent import Silence
from dispatch.models.message.batched import Outgoing, ReportBroken
from dispatch.rules.jobs.states import JobState
from dispatch.rules.offers.offering import AgentStatus
from dispatch.rules.outbox import kinds, still_holds

_OF_THE_JOB = ("agent", "plan", "starts_at", "held_for", *recipients.OF_THE_JOB)
_OF_THE_AGENT = ("opted_out_at", "unreachable_at", "status", *recipients.OF_THE_AGENT)

Row = dict[str, Any]


def check(batch: Sequence[Outgoing], now: datetime, broken: ReportBroken) -> list[Outgoing]:
    """Return those of these messages that may still be sent; withdraw or readdress the others.

    A message that makes our own code fail is given to `broken`, and the others are not affected.
    """
    if not batch:
        return []
    known = _Known.of(batch)
    kept = []
    for message in batch:
        try:
            job, phone = known.jobs.get(message.job), known.phones[message.id]
            holds = _holds(message, known, now)
            if holds and phone != message.phone:
                _readdress(message, phone)
            elif holds and not _is_silenced(message, known):
                kept.append(replace(message, until=_until(message, job)))
            elif not _give_up_if_unreachable(message, known):
                if holds:
                    client_news.note_withheld(message, now)
                _withdraw(message, job, now)
        except Exception as error:  # noqa: BLE001 (`broken` raises the errors of stores)
            broken(message.id, error)
    return kept


@dataclass(frozen=True)
class _Known:
    """The jobs, offers and people of a batch, as they are now."""

    jobs: dict[ObjectId | None, Row]
    open_offers: set[ObjectId]
    agents: dict[ObjectId | None, Row]
    silences: dict[str, Silence]
    silent_clients: set[str]
    phones: dict[ObjectId, str | None]

    @classmethod
    def of(cls, batch: Sequence[Outgoing]) -> "_Known":
        """Read them for the whole batch at once."""
        offers = [each.offer for each in batch if each.kind == kinds.OFFER.name and each.offer]
        clients = [each.phone for each in batch if not each.agent]
        jobs = Job.rows_by_id([each.job for each in batch], *_OF_THE_JOB)
        agents = Agent.rows_by_id([each.agent for each in batch], *_OF_THE_AGENT)
        return cls(
            jobs=jobs,
            open_offers=Offer.open_among(offers) if offers else set(),
            agents=agents,
            silences=Contact.silences_among({each.phone for each in batch}),
            silent_clients=Client.silent_among(clients) if clients else set(),
            phones=recipients.present_phones(batch, jobs, agents),
        )


def _readdress(message: Outgoing, phone: str | None) -> None:
    """Let a message go to its recipient's present number. Withdraw it if there is none, or if it concerns the old one.

    Messages to the old number that waited for this one wait no longer.
    """
    kind = kinds.find(message.kind)
    if phone is None or (kind and kind.passes_opt_out):
        _withdraw(message, None, utc_now())
        return
    Message.readdress({"_id": message.id}, phone)
    tasks.send([message.id, *Message.next_to(message.phone, message.lane)], message.lane)


def _holds(message: Outgoing, known: _Known, now: datetime) -> bool:
    """Return whether a message still holds. An offer must also be open: it is closed if its agent becomes inactive."""
    job = known.jobs.get(message.job)
    if message.job and job is None:
        return not still_holds.needs_its_job(message.kind)
    if job and not still_holds.still_holds(
        message.kind, JobState(job["status"]), **_compared_with(message, job), is_past=job["starts_at"] <= now
    ):
        return False
    return message.kind != kinds.OFFER.name or message.offer is None or message.offer in known.open_offers


def _until(message: Outgoing, job: Row | None) -> datetime | None:
    """Return when a message that holds now is too late. An offer to one agent alone is too late when the hold ends."""
    kind = kinds.find(message.kind)
    if job is None or kind is None or not kind.until_start:
        return None
    starts_at: datetime = job["starts_at"]
    if message.kind == kinds.OFFER.name and message.agent and job.get("held_for") == message.agent:
        return min(starts_at, message.created_at + timedelta(minutes=settings().offers.continuity_hold_minutes))
    return starts_at


def _compared_with(message: Outgoing, job: Row) -> dict[str, bool]:
    theirs = job.get("agent") == (message.agent or message.about)
    return {"is_owner": theirs, "is_current": message.plan in (None, job["plan"])}


def _give_up_if_unreachable(message: Outgoing, known: _Known) -> bool:
    """Give up a tried message to an unreachable address: a worker may have died before it saved the failure."""
    silence = known.silences.get(message.phone)
    if not (message.attempts and silence and silence.unreachable_at):
        return False
    outcomes.enqueue_next(Message.give_up(message.id, silence.unreachable_code))
    return True


def _withdraw(message: Outgoing, job: Row | None, now: datetime) -> None:
    kind = kinds.find(message.kind)
    if job and kind and kind.is_reminder:
        _note_if_missed(message, job, now)
    if Message.withdraw({"_id": message.id}):
        outcomes.enqueue_next(Message.get(message.id))


def _note_if_missed(message: Outgoing, job: Row, now: datetime) -> None:
    """Note a reminder as missed if it was not sent before the start of the visit and would hold otherwise."""
    state, is_past = JobState(job["status"]), job["starts_at"] <= now
    would_hold = still_holds.still_holds(message.kind, state, **_compared_with(message, job), is_past=False)
    if would_hold and is_past and (whole := Job.get(job["_id"])):
        reminders.missed(whole, now)


def _is_silenced(message: Outgoing, known: _Known) -> bool:
    kind = kinds.find(message.kind)
    if kind and kind.passes_opt_out:
        return False
    if message.agent:
        agent = known.agents.get(message.agent)
        if agent is None or message.phone in known.silences or agent.get("status") == AgentStatus.SUSPENDED:
            return True
        return bool(agent.get("opted_out_at") or agent.get("unreachable_at"))
    return message.phone in known.silences or message.phone in known.silent_clients
