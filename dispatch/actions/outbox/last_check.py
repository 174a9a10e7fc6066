"""Withholding: messages that have lost their point are taken back just before they would be sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from config.settings import settings
from dispatch.actions.jobs import reminders
from dispatch.actions.outbox import outcomes
from dispatch.models import Agent, Client, Job, Message, Offer
from dispatch.models.message.batched import Broken, Going
from dispatch.rules.jobs.states import JobState
from dispatch.rules.offers.offering import AgentStatus
from dispatch.rules.outbox import still_holds

#: Kinds that reach somebody who asked for silence: the one confirmation of it, and that it has ended.
DESPITE_OPT_OUT = frozenset({"opted_out", "resumed"})
_OFFER = "offer"

Row = dict[str, Any]


def wanted(batch: Sequence[Going], now: datetime, broken: Broken) -> list[Going]:
    """Return those of these messages that may still go; what no longer holds is withdrawn before it is sent.

    One over which our own code breaks does not go, and is given to `broken`; the others are not touched by it.
    """
    if not batch:
        return []
    known = _Known.of(batch)
    kept = []
    for message in batch:
        try:
            job = known.jobs.get(message.job)
            if _holds(message, known, now) and not _silenced(message, known):
                kept.append(replace(message, until=_until(message, job)))
            elif not _could_not_be_reached(message, known):
                _withdraw(message, job, now)
        except Exception as error:  # noqa: BLE001 (what a store raises, too, is handed on)
            broken(message.id, error)
    return kept


@dataclass(frozen=True)
class _Known:
    """What a batch's messages hang on, as it is now."""

    jobs: dict[ObjectId | None, Row]
    open_offers: set[ObjectId]
    agents: dict[ObjectId | None, Row]
    silent_clients: set[str]

    @classmethod
    def of(cls, batch: Sequence[Going]) -> "_Known":
        """Read it, for the whole batch at once."""
        offers = [each.offer for each in batch if each.kind == _OFFER and each.offer]
        clients = [each.phone for each in batch if not each.agent]
        return cls(
            jobs=Job.rows_by_id([each.job for each in batch], "status", "agent", "plan", "starts_at", "held_for"),
            open_offers=Offer.open_among(offers) if offers else set(),
            agents=Agent.rows_by_id(
                [each.agent for each in batch], "opted_out_at", "unreachable_at", "unreachable_code", "status"
            ),
            silent_clients=Client.silent_among(clients) if clients else set(),
        )


def _holds(message: Going, known: _Known, now: datetime) -> bool:
    """Whether it holds for its job; an offer for itself, too: it is closed for who is not active any more."""
    job = known.jobs.get(message.job)
    if message.job and job is None:
        return not still_holds.needs_its_job(message.kind)
    if job and not still_holds.still_holds(
        message.kind, JobState(job["status"]), **_standing(message, job), is_past=job["starts_at"] <= now
    ):
        return False
    return message.kind != _OFFER or message.offer is None or message.offer in known.open_offers


def _until(message: Going, job: Row | None) -> datetime | None:
    """Return when a message that holds now has no point any more: for an offer, when it closes of itself."""
    if job is None or message.kind not in still_holds.BEFORE_THE_START:
        return None
    starts_at: datetime = job["starts_at"]
    if message.kind == _OFFER and message.agent and job.get("held_for") == message.agent:
        return min(starts_at, message.created_at + timedelta(minutes=settings().offers.continuity_hold_minutes))
    return starts_at


def _standing(message: Going, job: Row) -> dict[str, bool]:
    theirs = job.get("agent") == (message.agent or message.about)
    return {"is_owner": theirs, "is_current": message.plan in (None, job["plan"])}


def _could_not_be_reached(message: Going, known: _Known) -> bool:
    """Let what was tried fail as it would have, when a worker died between learning that and noting it."""
    agent = known.agents.get(message.agent)
    if not (message.attempts and agent and agent.get("unreachable_at")):
        return False
    outcomes.let_the_next_go(Message.give_up(message.id, agent.get("unreachable_code")))
    return True


def _withdraw(message: Going, job: Row | None, now: datetime) -> None:
    if job and message.kind in still_holds.REMINDERS:
        _note_if_missed(message, job, now)
    if Message.withdraw({"_id": message.id}):
        outcomes.let_the_next_go(Message.get(message.id))


def _note_if_missed(message: Going, job: Row, now: datetime) -> None:
    """A reminder that would hold but for the time is missed: the visit should have begun, and it was not sent."""
    state, is_past = JobState(job["status"]), job["starts_at"] <= now
    would_hold = still_holds.still_holds(message.kind, state, **_standing(message, job), is_past=False)
    if would_hold and is_past and (whole := Job.get(job["_id"])):
        reminders.missed(whole, now)


def _silenced(message: Going, known: _Known) -> bool:
    if message.kind in DESPITE_OPT_OUT:
        return False
    if message.agent:
        agent = known.agents.get(message.agent)
        if agent is None or agent.get("status") == AgentStatus.SUSPENDED:
            return True
        return bool(agent.get("opted_out_at") or agent.get("unreachable_at"))
    return message.phone in known.silent_clients
