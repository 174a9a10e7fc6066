"""Consequences: what follows from each event of a job, and only what still holds: messages, offers, timers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from config.settings import settings
from dispatch.actions import alarms, drafts, timers
from dispatch.actions.jobs import release
from dispatch.actions.offers import crossed_replies, rounds
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.clock import timer_kinds
from dispatch.rules.jobs import plan
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import OWNED, JobState
from dispatch.rules.outbox import kinds

Event = dict[str, Any]


def _round_begins(job: Job, event: Event, now: datetime) -> None:
    """A search for an agent begins, or goes on with everybody."""
    if job.state == JobState.PENDING and job.round == event["round"]:
        timers.schedule(timer_kinds.EXPIRY, job, now)
        rounds.open_round(job, now)


def _assigned(job: Job, event: Event, now: datetime) -> None:
    """The winner learns all that is needed, first of all; everybody else that the job is taken."""
    rounds.settle_offer(event["offer"])
    if _was_taken_back(event):
        release.release(job.id, now, agent=event["agent"], reason="agent")
    elif _still_theirs(job, event):
        agent = Agent.must_get(job.agent)
        drafts.save_and_send([drafts.to_owner(kinds.ASSIGNED, event["id"], job, agent)], now)
        _look_after(job, event, agent, now)
        timers.schedule(timer_kinds.NUDGE, job, now)
    offers = rounds.close_round(job, event["round"], OfferState.TAKEN)
    rounds.send_lost(kinds.TAKEN, job, event["id"], offers, OfferState.TAKEN, now)


def _moved(job: Job, event: Event, now: datetime) -> None:
    """Another time or place: a new search, or the agent is asked anew and the client told."""
    if event["to"] == JobState.PENDING:
        offers = rounds.close_round(job, event["round"] - 1, OfferState.CLOSED)
        _round_begins(job, event, now)
        crossed_replies.answer_claims_without_offer(job, event["id"], offers, now)
    elif _still_theirs(job, event) and _is_latest(job, event, "moved"):
        agent = Agent.must_get(job.agent)
        to_both = [
            drafts.to_owner(kinds.MOVED_AGENT, event["id"], job, agent),
            drafts.to_client(kinds.MOVED_CLIENT, event["id"], job, agent),
        ]
        drafts.save_and_send(to_both, now)
        timers.clear(job.id, event["name"])  # of the old plan
        timers.schedule(timer_kinds.NUDGE, job, now)
        _look_after(job, event, agent, now)


def _changed(job: Job, event: Event, now: datetime) -> None:
    """Whoever has the job learns its details anew."""
    if job.agent and job.state in OWNED and _is_latest(job, event, "changed", "client_changed"):
        drafts.save_and_send([drafts.to_owner(kinds.DETAILS_CHANGED, event["id"], job, Agent.must_get(job.agent))], now)


def _client_changed(job: Job, event: Event, now: datetime) -> None:
    """What waits for the client goes to the new number; whoever has the job learns it."""
    to_client = {"job": job.id, "client_id": job.client_id, "direction": "outbound"}
    Message.readdress(to_client, job.client_details["phone"])
    _changed(job, event, now)


def _approved(job: Job, event: Event, now: datetime) -> None:
    """The client learns who comes and when; the reminder is set."""
    if _still_theirs(job, event) and job.state != JobState.ASSIGNED:
        agent = Agent.must_get(job.agent)
        to_both = [
            drafts.to_owner(kinds.APPROVED, event["id"], job, agent),
            drafts.to_client(kinds.APPROVED_CLIENT, event["id"], job, agent),
        ]
        drafts.save_and_send(to_both, now)
        timers.schedule(timer_kinds.REMINDER, job, now)
        timers.schedule(timer_kinds.ENDING, job, now)
        _look_after(job, event, agent, now)


def _began(job: Job, event: Event, now: datetime) -> None:
    """The agent is told what comes next, and asked when it should be over: anew, where they began late."""
    if _still_theirs(job, event):
        agent = Agent.must_get(job.agent)
        drafts.save_and_send([drafts.to_owner(kinds.BEGAN, event["id"], job, agent)], now)
        timers.schedule(timer_kinds.ENDING, job, now)
        _look_after(job, event, agent, now)


def _completed(job: Job, event: Event, now: datetime) -> None:
    agent = Agent.must_get(event["agent"])
    to_both = [
        drafts.to_owner(kinds.COMPLETED_AGENT, event["id"], job, agent),
        drafts.to_client(kinds.COMPLETED_CLIENT, event["id"], job, agent),
    ]
    drafts.save_and_send(to_both, now)
    timers.clear(job.id, event["name"])


def _released(job: Job, event: Event, now: datetime) -> None:
    """A new search; the client hears of it when there is somebody new, or nobody."""
    if event.get("offer"):
        Offer.close(event["offer"], OfferState.RELEASED, among=[OfferState.WON, OfferState.CLAIMED])
    rounds.close_round(job, event["round"] - 1, OfferState.TAKEN)
    timers.clear(job.id, event["name"])
    if not _was_taken_back(event):  # else they know: they have passed on it
        drafts.save_and_send([drafts.to_agent(kinds.RELEASED, event["id"], job, Agent.must_get(event["agent"]))], now)
    _round_begins(job, event, now)


def _cancelled(job: Job, event: Event, now: datetime) -> None:
    """Everybody who knows of the visit learns that there is none."""
    timers.clear(job.id, event["name"])
    offers = rounds.close_round(job, job.round, OfferState.WITHDRAWN)
    to_people = [drafts.to_client(kinds.CANCELLED_CLIENT, event["id"], job)]
    if job.agent:
        to_people.append(drafts.to_agent(kinds.CANCELLED_AGENT, event["id"], job, Agent.must_get(job.agent)))
    drafts.save_and_send(to_people, now)
    rounds.send_lost(kinds.WITHDRAWN, job, event["id"], offers, OfferState.WITHDRAWN, now)
    rounds.send_lost(kinds.WITHDRAWN, job, event["id"], rounds.moved_away(job), OfferState.CLOSED, now)


def _expired(job: Job, event: Event, now: datetime) -> None:
    offers = rounds.close_round(job, job.round, OfferState.CLOSED)
    drafts.save_and_send([drafts.to_client(kinds.EXPIRED_CLIENT, event["id"], job)], now)
    crossed_replies.answer_unsent_offers(job, event["id"], offers, now)


CONSEQUENCES: dict[str, Callable[[Job, Event, datetime], None]] = {
    "opened": _round_begins,
    "hold_ended": _round_begins,
    "moved": _moved,
    "changed": _changed,
    "client_changed": _client_changed,
    "released": _released,
    JobState.ASSIGNED: _assigned,
    JobState.APPROVED: _approved,
    JobState.IN_PROGRESS: _began,
    JobState.COMPLETED: _completed,
    JobState.CANCELLED: _cancelled,
    JobState.EXPIRED: _expired,
}


def _still_theirs(job: Job, event: Event) -> bool:
    return job.agent == event["agent"] and job.state in OWNED


def _was_taken_back(event: Event) -> bool:
    """Whether the winner took the YES back by which the job became theirs while it was being settled."""
    offer = Offer.get(event.get("offer"))
    return offer is not None and offer.state == OfferState.DECLINED


def _is_latest(job: Job, event: Event, *names: str) -> bool:
    """Whether nothing of the kind has happened since: people are told how things stand now, once."""
    latest = job.last_event(*names)
    return latest is not None and latest["id"] == event["id"]


def _look_after(job: Job, event: Event, agent: Agent, now: datetime) -> None:
    """Note what operations may want to know of an agent's job.

    Two visits at one time are the platform's or the agent's to sort out: they are flagged, not refused.
    """
    if not agent.present:  # settled while they were being deleted
        release.release(job.id, now, agent=agent.id, reason="agent_deleted")
    elif not agent.is_active:
        alarms.flag_attention(job, Reason.AGENT_INACTIVE, now)
    if event["name"] not in (JobState.ASSIGNED, "moved"):
        return
    length = timedelta(minutes=settings().jobs.inspection_minutes)
    others = [
        other.id
        for other in Job.owned_by(agent.id)
        if other.id != job.id and plan.overlap(other.starts_at, job.starts_at, length)
    ]
    if others:
        Job.note(job.id, "overlaps", now, of=event["id"], agent=agent.id, jobs=others)
