"""Rounds: one search for an agent. Opening a round offers the job; closing it ends its offers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bson import ObjectId

from dispatch.actions import alarms, drafts, message_keys, timers
from dispatch.actions.offers import crossed_replies
from dispatch.hints import tasks
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.models.base.outlines import AgentOutline, OfferOutline
from dispatch.models.base.record import utc_now
from dispatch.rules.clock import timer_kinds
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import ROUND_BEGINS, Actor, JobState
from dispatch.rules.offers import offering
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.kinds import Kind
from dispatch.rules.outbox.states import MessageState

#: Offers and messages in one write; sending begins while the rest is still being written.
CHUNK = 200
#: States of ended offers whose agents get a message.
LOST = frozenset({OfferState.TAKEN, OfferState.WITHDRAWN})
_NOT_ARRIVED = frozenset({MessageState.QUEUED, MessageState.FAILED, MessageState.UNDELIVERED, MessageState.PARKED})
_NONE: Mapping[ObjectId, ObjectId] = {}
#: The event that began a round -> the wording of its offers.
_WORDING = {"opened": kinds.OFFER, "moved": kinds.OFFER_MOVED, "released": kinds.OFFER_AGAIN}


def open_round(job: Job, now: datetime) -> None:
    """Offer a pending job to the agent it is held for, else to every active agent. Harmless if repeated.

    An agent who has paused offers is asked after the pause. An agent who gave the job back is not asked again. A job
    whose visit time has passed is not offered: its expiry is due.
    """
    if job.starts_at <= now:
        return
    if job.held_for:
        _open_held(job, now)
        return
    out = offering.released_by(job.timeline)
    agents = [agent for agent in Agent.active() if agent.id not in out]
    if not offer_to(
        job, offering.in_order(agents, job.property_details.get("zone")), now, crossed_replies.replies_to_answer(job)
    ):
        return
    _follow_again(job, now)
    if not flag_if_no_agent_left(job, now):
        Job.clear_attention(job.id, Reason.NO_AGENT, now)  # an agent went inactive before the others had their offers


def _open_held(job: Job, now: datetime) -> None:
    agent = Agent.must_get(job.held_for)
    if agent.is_active and not agent.paused_until:
        offer_to(job, [agent], now, crossed_replies.replies_to_answer(job))
        timers.schedule(timer_kinds.HOLD, job, now)
        _follow_again(job, now)
    else:
        end_hold(job, "paused" if agent.is_active else "inactive", now)


def end_hold(job: Job, why: str, now: datetime) -> None:
    """Stop holding a job for one agent; its offers to all agents follow. Harmless if the hold has ended."""
    if job.held_for and Job.move(
        job.id,
        "hold_ended",
        now,
        guard={"held_for": job.held_for, "round": job.round},
        drop=["held_for"],
        agent=job.held_for,
        round=job.round,
        reason=why,
        by=(Actor.AGENT if why == "declined" else Actor.DESK).value,
    ):
        tasks.follow(job.id)


def offer_to(
    job: Job, agents: Sequence[Agent | AgentOutline], now: datetime, words: Mapping[ObjectId, ObjectId] = _NONE
) -> bool:
    """Write an offer and its message for each of these agents, in this order, each once. `words`: replies it answers.

    Return False if the round has ended in between: the winner of a broadcast gets their message before the remaining
    agents would get an offer. An agent who is no longer active gets no message; see `_follow_again`.
    """
    for start in range(0, len(agents), CHUNK):
        if start and not Job.keep_following(job.id, utc_now(), status=JobState.PENDING.value, round=job.round):
            return False
        chunk = agents[start : start + CHUNK]
        offers = Offer.make(job.id, job.round, job.plan, [agent.id for agent in chunk], now)
        active = Agent.active_among([agent.id for agent in chunk])
        fresh = zip(chunk, offers, strict=True)
        open_ = [each for each in fresh if _is_open(each[1]) and each[0].id in active]
        drafts.save_and_send([_offered(job, *each, words.get(each[0].id)) for each in open_], now)
    return True


def _follow_again(job: Job, now: datetime) -> None:
    """Schedule the status follow-up of offered agents who are not active any more, or have paused offers.

    An agent may go inactive after we read the list and before their offer is written. Their status change was
    processed without this offer; the new run decides about the offer.
    """
    asked = Offer.asked_in(job.id, job.round)
    for agent_id in asked - Agent.offered_among(asked):
        Agent.follow_again(agent_id, now)
        tasks.catch_up(agent_id)


def offer_again(job: Job, agent: Agent, now: datetime) -> None:
    """Offer a job to an agent who has become active. An offer that was closed while they were inactive opens again."""
    (offer,) = Offer.make(job.id, job.round, job.plan, [agent.id], now)
    if offer.state == OfferState.CLOSED:
        offer = Offer.reopen(offer.id) or offer
    if not _is_open(offer):
        return
    drafts.save_and_send([_offered(job, agent, offer)], now)
    still = Job.get(job.id)
    if still is None or (still.state, still.round) != (JobState.PENDING, job.round):
        Offer.close(offer.id, OfferState.CLOSED)  # the round was closed while this offer was written
    else:
        Job.clear_attention(job.id, Reason.NO_AGENT, now)


def send_offer(job: Job, agent: Agent, offer: Offer, now: datetime) -> None:
    """Write the message of an open offer, once for each time that the offer was opened."""
    drafts.save_and_send([_offered(job, agent, offer)], now)


def flag_if_no_agent_left(job: Job, now: datetime, besides: ObjectId | None = None) -> bool:
    """Alarm operations if no agent, except `besides`, can take the job in this round. Return whether that is so."""
    if Offer.any_undecided(job.id, job.round, besides):
        return False
    alarms.flag_attention(job, Reason.NO_AGENT, now, round=job.round)
    if Offer.any_undecided(job.id, job.round, besides):  # an agent has become active between the two
        Job.clear_attention(job.id, Reason.NO_AGENT, now)
    return True


def close_round(job: Job, round_: int, state: OfferState) -> list[Offer]:
    """End a round's offers, withdraw their unsent messages, and return all offers of the round."""
    Offer.close_all(job.id, round_, state)
    offers = Offer.of_round(job.id, round_)
    ids = [offer.id for offer in offers]  # only these: the next round may have begun
    Message.withdraw({"job": job.id, "kind": kinds.OFFER.name, "direction": "outbound", "offer": {"$in": ids}})
    return offers


def settle_offer(offer_id: ObjectId) -> None:
    """Mark the offer that won, before its round is closed. It may have been closed when its agent went.

    It is open or closed if a person gave the job to its agent.
    """
    Offer.close(offer_id, OfferState.WON, among=[OfferState.CLAIMED, OfferState.OPEN, OfferState.CLOSED])


def send_lost(kind: Kind, job: Job, cause: ObjectId, offers: list[Offer], state: OfferState, now: datetime) -> None:
    """Write once to the agents whose offer ended in `state`, if its message arrived or may have."""
    lost = {offer.agent: offer for offer in offers if offer.state == state}
    reached = {message.offer for message in crossed_replies.offer_messages(offers) if may_have_arrived(message)}
    agents = [agent for agent in Agent.objects(pk__in=list(lost)) if lost[agent.id].id in reached]
    drafts.save_and_send([drafts.to_agent(kind, cause, job, agent) for agent in agents], now)


def moved_away(job: Job) -> list[Offer]:
    """Return the offers that a move has ended, of active agents who have no newer offer of this job."""
    latest = {offer.agent: offer for offer in Offer.of_job(job.id)}
    moved = [offer for offer in latest.values() if crossed_replies.is_moved_away(offer, job)]
    active = Agent.active_among([offer.agent for offer in moved])
    return [offer for offer in moved if offer.agent in active]


def _offered(
    job: Job, agent: Agent | AgentOutline, offer: Offer | OfferOutline, answers: ObjectId | None = None
) -> drafts.Draft:
    began = job.last_event(*ROUND_BEGINS)
    wording = kinds.OFFER_HELD if job.held_for else _WORDING[began["name"] if began else "opened"]
    draft = drafts.to_agent(kinds.OFFER, message_keys.offer_cause(offer), job, agent, offer=offer.id, wording=wording)
    return draft if answers is None else draft | {"answers": answers}


def _is_open(offer: Offer | OfferOutline) -> bool:
    return offer.state == OfferState.OPEN


def may_have_arrived(message: Message) -> bool:
    """Return whether an offer's agent counts as reached by this message: they get news when the round ends."""
    if message.status == MessageState.WITHDRAWN:
        return bool(message.attempts) or crossed_replies.was_unsent_answer(message)
    return message.status not in _NOT_ARRIVED
