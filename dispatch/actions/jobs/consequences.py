"""Consequences of each event of a job: messages, offers and timers, as far as they still hold."""

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
from dispatch.rules.jobs.states import AGREED, OWNED, Actor, JobState
from dispatch.rules.outbox import kinds

Event = dict[str, Any]


def _round_begins(job: Job, event: Event, now: datetime) -> None:
    """Offer the job: a round begins, or a hold has ended and all agents are asked."""
    if job.state == JobState.PENDING and job.round == event["round"]:
        timers.schedule(timer_kinds.EXPIRY, job, now)
        timers.schedule(timer_kinds.NOT_TAKEN, job, now)
        rounds.open_round(job, now)


def _assigned(job: Job, event: Event, now: datetime) -> None:
    """Write to the winner first, then to the other agents that the job is taken."""
    rounds.settle_offer(event["offer"])
    if _was_declined_since(event):
        release.release(job.id, now, agent=event["agent"], reason="agent")
    elif _still_has_agent(job, event):
        agent = Agent.must_get(job.agent)
        drafts.save_and_send([drafts.to_owner(kinds.ASSIGNED, event["id"], job, agent)], now)
        _note_concerns(job, event, agent, now)
        if job.state == JobState.ASSIGNED:
            timers.schedule(timer_kinds.NUDGE, job, now)
            timers.schedule(timer_kinds.VISIT_START, job, now)
            _confirm_if_they_have(job, event, now)
    offers = rounds.close_round(job, event["round"], OfferState.TAKEN)
    rounds.send_lost(kinds.TAKEN, job, event["id"], offers, OfferState.TAKEN, now)


def _moved(job: Job, event: Event, now: datetime) -> None:
    """After a new time or place, search again; with an agent, ask the agent to confirm and inform the client."""
    if event["to"] == JobState.PENDING:
        offers = rounds.close_round(job, event["round"] - 1, OfferState.CLOSED)
        _round_begins(job, event, now)
        crossed_replies.answer_claims_without_offer(job, event["id"], offers, now)
    elif _still_has_agent(job, event) and _is_latest(job, event, "moved"):
        agent = Agent.must_get(job.agent)
        to_both = [
            drafts.to_owner(kinds.MOVED_AGENT, event["id"], job, agent),
            drafts.to_client(kinds.MOVED_CLIENT, event["id"], job, agent),
        ]
        drafts.save_and_send(to_both, now)
        timers.schedule(timer_kinds.NUDGE, job, now)
        timers.schedule(timer_kinds.VISIT_START, job, now)
        _note_concerns(job, event, agent, now)


def _changed(job: Job, event: Event, now: datetime) -> None:
    """Send the new details to the job's agent."""
    if job.agent and job.state in OWNED and _is_latest(job, event, "changed", "client_changed"):
        drafts.save_and_send([drafts.to_owner(kinds.DETAILS_CHANGED, event["id"], job, Agent.must_get(job.agent))], now)


def _client_changed(job: Job, event: Event, now: datetime) -> None:
    """Redirect unsent messages to the client's new number, and send the new details to the job's agent."""
    Message.follow_recipient({"job": job.id, "client_id": job.client_id}, job.client_details["phone"])
    _changed(job, event, now)


def _approved(job: Job, event: Event, now: datetime) -> None:
    """Send the agent and the schedule to both, and schedule the reminder. Without a reminder, none is promised."""
    if _still_has_agent(job, event) and job.state != JobState.ASSIGNED:
        agent = Agent.must_get(job.agent)
        reminded = timers.due(timer_kinds.REMINDER, job, now) is not None
        to_agent, to_client = (None, None) if reminded else (kinds.APPROVED_SOON, kinds.APPROVED_CLIENT_SOON)
        to_both = [
            drafts.to_owner(kinds.APPROVED, event["id"], job, agent, wording=to_agent),
            drafts.to_client(kinds.APPROVED_CLIENT, event["id"], job, agent, wording=to_client),
        ]
        drafts.save_and_send(to_both, now)
        timers.schedule(timer_kinds.REMINDER, job, now)
        timers.schedule(timer_kinds.ENDING, job, now)
        _note_concerns(job, event, agent, now)


def _began(job: Job, event: Event, now: datetime) -> None:
    """Write to the agent what comes next, and schedule the question whether the visit is over."""
    if _still_has_agent(job, event):
        agent = Agent.must_get(job.agent)
        drafts.save_and_send([drafts.to_owner(kinds.BEGAN, event["id"], job, agent)], now)
        timers.schedule(timer_kinds.ENDING, job, now)
        _note_concerns(job, event, agent, now)


def _completed(job: Job, event: Event, now: datetime) -> None:
    agent = Agent.must_get(event["agent"])
    to_both = [
        drafts.to_owner(kinds.COMPLETED_AGENT, event["id"], job, agent),
        drafts.to_client(kinds.COMPLETED_CLIENT, event["id"], job, agent),
    ]
    drafts.save_and_send(to_both, now)


def _reopened(job: Job, event: Event, now: datetime) -> None:
    """Inform agent and client that the visit is not over after all, and set its timers again."""
    if _still_has_agent(job, event) and job.state in AGREED:
        agent = Agent.must_get(job.agent)
        begun = kinds.REOPENED_AGENT_BEGUN if job.state == JobState.IN_PROGRESS else None
        to_both = [
            drafts.to_owner(kinds.REOPENED_AGENT, event["id"], job, agent, wording=begun),
            drafts.to_client(kinds.REOPENED_CLIENT, event["id"], job, agent),
        ]
        drafts.save_and_send(to_both, now)
        if job.state == JobState.APPROVED:
            timers.schedule(timer_kinds.REMINDER, job, now)
        timers.schedule(timer_kinds.ENDING, job, now)
        _note_concerns(job, event, agent, now)


def _released(job: Job, event: Event, now: datetime) -> None:
    """Search again. The client is informed once there is a new agent, or the job expires."""
    if event.get("offer"):
        Offer.close(event["offer"], OfferState.RELEASED, among=[OfferState.WON, OfferState.CLAIMED])
    rounds.close_round(job, event["round"] - 1, OfferState.TAKEN)
    if not _was_declined_since(event):  # an agent who took the YES back needs no message
        drafts.save_and_send([drafts.to_agent(kinds.RELEASED, event["id"], job, Agent.must_get(event["agent"]))], now)
    _round_begins(job, event, now)


def _cancelled(job: Job, event: Event, now: datetime) -> None:
    """Inform the client, the agent, and all agents with an offer that the visit is cancelled."""
    offers = rounds.close_round(job, job.round, OfferState.WITHDRAWN)
    to_people = [drafts.to_client(kinds.CANCELLED_CLIENT, event["id"], job)]
    if job.agent:
        to_people.append(drafts.to_agent(kinds.CANCELLED_AGENT, event["id"], job, Agent.must_get(job.agent)))
    drafts.save_and_send(to_people, now)
    rounds.send_lost(kinds.WITHDRAWN, job, event["id"], offers, OfferState.WITHDRAWN, now)
    rounds.send_lost(kinds.WITHDRAWN, job, event["id"], rounds.moved_away(job), OfferState.CLOSED, now)


def _expired(job: Job, event: Event, now: datetime) -> None:
    offers = rounds.close_round(job, job.round, OfferState.CLOSED)
    alarms.record_expired(job, now)
    drafts.save_and_send([drafts.to_client(kinds.EXPIRED_CLIENT, event["id"], job)], now)
    crossed_replies.answer_unsent_offers(job, event["id"], offers, now)


CONSEQUENCES: dict[str, Callable[[Job, Event, datetime], None]] = {
    "opened": _round_begins,
    "hold_ended": _round_begins,
    "moved": _moved,
    "changed": _changed,
    "client_changed": _client_changed,
    "released": _released,
    "reopened": _reopened,
    "reopened_in_progress": _reopened,
    JobState.ASSIGNED: _assigned,
    JobState.APPROVED: _approved,
    JobState.IN_PROGRESS: _began,
    JobState.COMPLETED: _completed,
    JobState.CANCELLED: _cancelled,
    JobState.EXPIRED: _expired,
}


def _still_has_agent(job: Job, event: Event) -> bool:
    return job.agent == event["agent"] and job.state in OWNED


def _was_declined_since(event: Event) -> bool:
    """Return whether the winner took the YES back while it was being settled."""
    offer = Offer.get(event.get("offer"))
    return offer is not None and offer.state == OfferState.DECLINED


def _confirm_if_they_have(job: Job, event: Event, now: datetime) -> None:
    """Approve the schedule if the winner sent CONFIRM while the YES was being settled. The new event follows next."""
    offer = Offer.get(event.get("offer"))
    if offer and offer.confirmation:
        guard = {"agent": job.agent, "plan": offer.plan}
        Job.move(job.id, JobState.APPROVED, now, guard=guard, agent=job.agent, cause=offer.confirmation)


def _is_latest(job: Job, event: Event, *names: str) -> bool:
    """Return whether no later event has one of these names. If there is one, its message covers this event, too."""
    latest = job.last_event(*names)
    return latest is not None and latest["id"] == event["id"]


def _note_concerns(job: Job, event: Event, agent: Agent, now: datetime) -> None:
    """Note what operations should know about an agent's job: an inactive agent, or overlapping visits.

    Overlapping visits are flagged and not refused: the platform or the agent decides about them.
    """
    if not agent.present:  # settled while they were being deleted
        release.release(job.id, now, agent=agent.id, reason="agent_deleted", by=Actor.PLATFORM)
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
