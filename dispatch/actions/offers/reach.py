"""Reach: operations learn of a job that no agent can have heard of, and its offers go out again."""

from datetime import datetime
from typing import Any

from bson import ObjectId

from dispatch.actions import alarms, message_keys, timers
from dispatch.actions.offers import rounds
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.clock import timer_kinds
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import ROUND_BEGINS, JobState
from dispatch.rules.outbox import kinds, states, twilio_errors
from dispatch.rules.outbox.states import MessageState

#: Errors after which a queued message is tried again, and does not arrive before a person has repaired something.
_NEEDS_REPAIR = sorted(code for code, advice in twilio_errors.ADVICE.items() if advice in twilio_errors.FOR_OPERATIONS)
_ARRIVED = {"status": {"$in": sorted(state.value for state in states.TAKEN)}}
#: The messages of offers that may have reached their agents, or may still reach them soon.
_MAY_ARRIVE = {
    "$or": [
        {"status": {"$in": [*_ARRIVED["status"]["$in"], MessageState.SENDING.value, MessageState.UNKNOWN.value]}},
        {"status": MessageState.QUEUED.value, "attempts.error_code": {"$nin": _NEEDS_REPAIR}},
    ]
}
_GIVEN_UP = frozenset({MessageState.FAILED, MessageState.UNDELIVERED, MessageState.PARKED})


def note_failed(job_id: ObjectId | None, kind: str | None, now: datetime, besides: ObjectId | None = None) -> None:
    """Flag the job of an offer whose message is given up, if no other offer may reach an agent. Harmless if repeated.

    `besides`: the message that is given up, as long as that is not saved.
    """
    job = Job.get(job_id) if kind == kinds.OFFER.name else None
    if job is None or job.state != JobState.PENDING or _any(job, _MAY_ARRIVE, besides):
        return
    if not Offer.any_undecided(job.id, job.round):  # then operations know that no agent is left
        return
    alarms.flag_attention(job, Reason.NOT_REACHED, now, round=job.round)
    timers.schedule(timer_kinds.REACH, job, now)


def offer_again(job: Job, due_at: datetime, now: datetime) -> None:
    """Send the offer again to one agent; once a message has arrived, to all whose message was given up.

    `due_at`: the time of this try. An offer written since then is the work of this try, before its worker died.
    """
    if not job.needs_attention(Reason.NOT_REACHED):
        return
    failed = _given_up(job)
    if Message.any_offer(job.id, _ARRIVED, _began_at(job), before=due_at):
        for offer in failed:
            _send_again(job, offer, now)
        Job.clear_attention(job.id, Reason.NOT_REACHED, now)
    elif failed and not _any(job, _MAY_ARRIVE) and not Message.any_offer(job.id, {}, due_at):
        _send_again(job, min(failed, key=lambda offer: (offer.times, offer.id)), now)


def _any(job: Job, which: dict[str, Any], besides: ObjectId | None = None) -> bool:
    return Message.any_offer(job.id, which, _began_at(job), besides=besides)


def _began_at(job: Job) -> datetime:
    """Return when the job's present round began."""
    began = job.last_event(*ROUND_BEGINS)
    at: datetime = began["at"] if began else job.created_at
    return at


def _given_up(job: Job) -> list[Offer]:
    """Return the open offers of the round whose message was given up, or was not written yet."""
    offers = [offer for offer in Offer.of_round(job.id, job.round) if offer.state == OfferState.OPEN]
    messages = Message.by_keys([message_keys.offer_key(offer) for offer in offers])
    found = [(offer, messages.get(message_keys.offer_key(offer))) for offer in offers]
    return [offer for offer, message in found if message is None or message.status in _GIVEN_UP]


def _send_again(job: Job, offer: Offer, now: datetime) -> None:
    agent = Agent.get(offer.agent)
    if agent is None or not agent.is_active:
        return
    written = Message.by_keys([message_keys.offer_key(offer)])
    again = Offer.open_again(offer.id, offer.times) if written else offer
    if again:
        rounds.send_offer(job, agent, again, now)
