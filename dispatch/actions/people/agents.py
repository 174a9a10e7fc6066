"""Agents change: their status, numbers and pauses, and what follows for offers and jobs."""

import secrets
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from dispatch.actions import alarms, drafts, failures, message_keys
from dispatch.actions.jobs import release
from dispatch.actions.offers import rounds
from dispatch.actions.people import silences
from dispatch.hints import tasks
from dispatch.models import Agent, Job, Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.rules.inbox import join_codes
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import AGREED, Actor, JobState
from dispatch.rules.offers import offering
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.states import Lane

log = structlog.get_logger(__name__)

#: An agent who becomes active is offered this many of the soonest waiting jobs, and all jobs without an agent.
SOONEST_OFFERED = 50


def create(body: dict[str, Any], now: datetime, request: ObjectId | None = None) -> Agent:
    """Create an agent as posted, with the consent of their number. A repeated `request` returns the same agent.

    Raises DuplicateKeyError if another agent has the number or the agent_id.
    """
    agent = Agent.create(body, now, request, silences.save_number(body["phone"], now))
    agent_changed(agent, now)
    return agent


def change(before: Agent, given: dict[str, Any], now: datetime) -> Agent | None:
    """Change the details that are given, and return the agent. Return None if they are deleted.

    Another number has its own consent. A number that is saved again is tried again. Raises DuplicateKeyError.
    """
    silences.settle(before.phone, now)
    if phone := given.get("phone"):
        silences.save_number(phone, now)
    agent = Agent.change(before.id, given, now)
    if agent:
        agent = silences.copy(agent.phone, now) or agent
        agent_changed(agent, now)
    return agent


def agent_changed(agent: Agent, now: datetime) -> None:
    """Follow up after an agent was created, changed or deleted: offers end at once, new offers are enqueued.

    Messages that wait go to their present number before the platform knows that they have it: from then on another
    person may have the old one.
    """
    if agent.present and agent.phone_changed_at:
        Message.follow_recipient({"agent": agent.id}, agent.phone)
    if agent.is_active:
        tasks.catch_up(agent.id)
    else:
        follow_agent(agent.id, now)


def follow_agent(agent_id: ObjectId, now: datetime) -> None:
    """Bring offers and jobs in line with an agent's present status. Harmless if repeated.

    One worker at a time does this. If the agent has changed by the end, the worker starts over: the latest change wins.
    """
    agent = Agent.lease_following(agent_id, now)
    while agent:
        leased, tries = agent, agent.tries or 1
        _, wrong = failures.attempt(tries, partial(_follow_up, leased, now), agent=str(agent_id))
        if wrong:
            if Agent.failed(leased, wrong, now):
                log.error("agent parked", agent=str(agent_id), error=wrong.error)
            return
        now = utc_now()
        agent = Agent.end_following(leased, now)


def _follow_up(agent: Agent, now: datetime) -> None:
    if agent.present:
        agent = silences.copy(agent.phone, now) or agent
    if agent.present and agent.phone_changed_at:
        _follow_number(agent, agent.phone_changed_at, now)
    if agent.is_active:
        _catch_up(agent, now)
    else:
        _end_offers(agent, now)


def pause(agent: Agent, until: datetime, now: datetime) -> None:
    """Pause offers to an agent until then. Offers that are being written at this moment are completed."""
    Agent.pause(agent.id, until, now)
    tasks.catch_up(agent.id)


def end_pause(agent_id: ObjectId, now: datetime) -> None:
    """End an agent's pause if it is over; waiting jobs are offered to them. Harmless if it is not over, or ended."""
    Agent.end_pause(agent_id, now)
    tasks.catch_up(agent_id)


def new_join_code(agent_id: ObjectId, now: datetime) -> Agent | None:
    """Give an agent a new join code, and return the agent. Return None if they are deleted."""
    while True:
        try:
            return Agent.set_join_code(agent_id, join_codes.make(secrets.randbelow), now + join_codes.VALID_FOR)
        except DuplicateKeyError:  # another agent has this code
            continue


def _follow_number(agent: Agent, since: datetime, now: datetime) -> None:
    """Let messages that wait go to the agent's present number, and write it to the clients who know an earlier one."""
    Message.follow_recipient({"agent": agent.id}, agent.phone)
    for job in Job.owned_by(agent.id):
        approved = job.last_event(JobState.APPROVED)
        if job.state in AGREED and approved and approved["at"] < since:
            news = drafts.to_client(kinds.AGENT_NUMBER, f"{job.id}@{since.isoformat()}", job, agent)
            _withdraw_earlier(news)
            drafts.save_and_send([news], now)


def _withdraw_earlier(news: drafts.Draft) -> None:
    """Withdraw what waits to be sent to a client about an earlier number of the agent."""
    same = {name: news[name] for name in ("client_id", "job", "kind")}
    Message.withdraw({**same, "key": {"$ne": news["key"]}, "next_attempt_at": {"$exists": True}})


def _catch_up(agent: Agent, now: datetime) -> None:
    """Offer waiting jobs to an active agent, and clear the attention of their own jobs.

    An agent who has paused offers gets only the messages of offers that exist already: writing them may have been
    interrupted.
    """
    asked = {(offer.job, offer.round) for offer in Offer.undecided_of(agent.id)} if agent.paused_until else None
    for job in Job.owned_by(agent.id):
        Job.clear_attention(job.id, Reason.AGENT_INACTIVE, now)
        keys = message_keys.owners_news(job)
        if event := job.last_event("changed", "client_changed"):
            keys.append(message_keys.key(event["id"], str(agent.id), kinds.DETAILS_CHANGED))
        tasks.send(Message.restore_withdrawn(keys, now), Lane.REPLIES)  # withdrawn during the opt-out
    for job in Job.wanting_agents(now, SOONEST_OFFERED):
        if agent.id not in offering.released_by(job.timeline) and (asked is None or (job.id, job.round) in asked):
            rounds.offer_again(job, agent, now)


def _end_offers(agent: Agent, now: datetime) -> None:
    """Close the offers of an inactive agent, end holds for them, and alarm operations about their jobs.

    A deleted agent has no jobs; a job that was assigned at the same moment is released.
    """
    rounds_of = {offer.job: offer.round for offer in Offer.undecided_of(agent.id)}
    asked = [job for job in map(Job.get, rounds_of) if job and job.round == rounds_of[job.id] and not job.held_for]
    for job in asked:  # before they close: after a crash nothing would show which jobs they were
        rounds.flag_if_no_agent_left(job, now, besides=agent.id)
    Offer.close_of_agent(agent.id)
    for job in asked:  # and after: two agents may go inactive at the same moment, each seeing the other's open offer
        rounds.flag_if_no_agent_left(job, now)
    Message.withdraw({"agent": agent.id, "kind": kinds.OFFER.name, "next_attempt_at": {"$exists": True}})
    for job in Job.held(agent.id):
        rounds.end_hold(job, "inactive", now)
    for job in Job.owned_by(agent.id):
        if agent.present:
            alarms.flag_attention(job, Reason.AGENT_INACTIVE, now)
        else:  # assigned while the agent was being deleted
            release.release(job.id, now, agent=agent.id, reason="agent_deleted", by=Actor.PLATFORM)
