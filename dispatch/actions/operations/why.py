"""Reaching: what is on record of a job and an agent is gathered, so that the rules can tell why they have it or not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.actions import message_keys
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules.clock import timer_kinds
from dispatch.rules.inbox.acts import Act
from dispatch.rules.inbox.words import Word
from dispatch.rules.jobs.states import ROUND_BEGINS, JobState
from dispatch.rules.offers.offering import AgentStatus, OfferState
from dispatch.rules.operations import why
from dispatch.rules.operations.why_facts import Facts
from dispatch.rules.outbox.states import MessageState


@dataclass(frozen=True)
class Reached:
    """Their latest offer of the job, the message that made it, and why they have the job or have not."""

    offer: Offer | None
    message: Message | None
    verdict: why.Verdict


def explain(job: Job, agent: Agent, now: datetime) -> Reached:
    """Tell how a job did or did not reach an agent; reads only."""
    offer = Offer.of_agent_for(agent.id, job.id)
    key = message_keys.offer_key(offer) if offer else ""
    message = Message.by_keys([key]).get(key) if offer else None
    known = {**_of_job(job, agent, now), **_of_agent(agent), **_of_their_time(job, agent)}
    if offer and offer.round == job.round:
        known |= {**_of_offer(offer, message), **_of_words(offer, message, job, agent)}
    return Reached(offer, message, why.why(Facts(**known)))


def _of_job(job: Job, agent: Agent, now: datetime) -> dict[str, Any]:
    """What the job is, and whom its latest round was for."""
    began = next(event for event in reversed(job.timeline) if _begins_round(event))
    opened = job.last_event("hold_ended")
    for_all = opened is not None and opened["round"] == job.round
    held_for_other = job.held_for not in (None, agent.id)
    hold = (
        next((each for each in Timer.of_job(job.id) if each.kind == timer_kinds.HOLD.name), None)
        if held_for_other
        else None
    )
    return {
        "job": job.state,
        "is_theirs": job.agent == agent.id,
        "held_for_other": held_for_other,
        "held_until": hold.due_at if hold and not hold.fired_at else None,
        "was_held": began.get("held_for") not in (None, agent.id) and not for_all,
        "offered_at": opened["at"] if opened and for_all else began["at"],
        "ended_at": job.reached.get(job.status),
        "time_has_come": job.starts_at <= now,
        "unfollowed": bool(job.unfollowed),
    }


def _of_agent(agent: Agent) -> dict[str, Any]:
    return {
        "status": AgentStatus(agent.status),
        "opted_out": agent.opted_out_at is not None,
        "unreachable": agent.unreachable_at is not None,
        "paused_until": agent.paused_until,
        "follows": agent.follow_up_at is not None,
        "joined_at": agent.created_at,
    }


def _of_their_time(job: Job, agent: Agent) -> dict[str, Any]:
    """How they came to have it no more; a round that began with a move asked them again, whatever had been."""
    for event in reversed(job.timeline):
        if event["name"] == "moved" and _begins_round(event):
            break
        if event["name"] == "released" and event["agent"] == agent.id:
            return {"gave_back": "cause" in event, "left_at": event["at"]}  # only by a message do they do it themselves
    return {}


def _of_offer(offer: Offer, message: Message | None) -> dict[str, Any]:
    facts = {"offer": OfferState(offer.state), "closed_at": offer.closed_at, "said_yes_at": offer.claimed_at}
    if message is None:
        return facts
    return {
        **facts,
        "message": MessageState(message.status),
        "code": message.error_code,
        "tries": len(message.attempts),
        "tried_at": message.first_tried_at,
        "next_try_at": message.not_before or message.next_attempt_at,
        "arrived_at": message.delivered_at or message.read_at,
    }


def _of_words(offer: Offer, message: Message | None, job: Job, agent: Agent) -> dict[str, Any]:
    """What they have written since they were asked. The last word counts, if it is about this job or none we know."""
    heard = Message.written_by(agent.phone, _asked_at(offer, message))
    yes = (each.received_at for each in reversed(heard) if each.job == job.id and each.meaning.get("word") == Word.YES)
    facts: dict[str, Any] = {"said_yes_at": offer.claimed_at or next(yes, None)}
    if not heard or not _may_mean(heard[0], job):
        return facts
    last, act = heard[0], heard[0].meaning.get("act")
    return {
        **facts,
        "wrote": Act(act) if act else None,
        "wrote_at": last.received_at,
        "unhandled": bool(last.unhandled),
        "parked": last.status == MessageState.PARKED,
    }


def _asked_at(offer: Offer, message: Message | None) -> datetime:
    asked_at: datetime = (message and message.first_tried_at) or offer.created_at
    return asked_at


def _may_mean(message: Message, job: Job) -> bool:
    return message.job in (None, job.id) and job.code in (message.meaning.get("codes") or [job.code])


def _begins_round(event: dict[str, Any]) -> bool:
    return event["name"] in ROUND_BEGINS and event["to"] == JobState.PENDING
