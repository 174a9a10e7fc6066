"""Changing: what follows when an agent's standing with us changes, or what is known of a client."""

from datetime import datetime
from functools import partial

import structlog
from bson import ObjectId

from dispatch.actions import alarms, failures, message_keys
from dispatch.actions.jobs import release
from dispatch.actions.offers import rounds
from dispatch.hints import tasks
from dispatch.models import Agent, Job, Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.models.consent import BY_TWILIO, Ground
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.offers import offering
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.states import Lane

log = structlog.get_logger(__name__)

#: An agent who becomes active is offered so many of the jobs that wait for one, and all that nobody is left for.
CAUGHT_UP = 50


def agent_changed(agent: Agent, now: datetime) -> None:
    """Called when an agent was made, replaced or deleted: offers end at once, new ones are hinted at."""
    if agent.is_active:
        tasks.catch_up(agent.id)
    else:
        follow_agent(agent.id, now)


def follow_agent(agent_id: ObjectId, now: datetime) -> None:
    """Do what follows from how an agent stands now; harmless when repeated.

    One follower at a time; whoever finds in the end that they have changed does it again, so the latest change wins.
    """
    agent = Agent.lease_following(agent_id, now)
    while agent:
        standing, tries = agent, agent.tries or 1
        _, wrong = failures.attempt(tries, partial(_do_what_follows, standing, now), agent=str(agent_id))
        if wrong:
            if Agent.failed(standing, wrong, now):
                log.error("agent parked", agent=str(agent_id), error=wrong.error)
            return
        now = utc_now()
        agent = Agent.end_following(standing, now)


def _do_what_follows(agent: Agent, now: datetime) -> None:
    if agent.is_active:
        _catch_up(agent, now)
    else:
        _end_offers(agent, now)


def opt_out(agent: Agent, now: datetime, ground: Ground = BY_TWILIO) -> bool:
    """The agent said STOP: inactive, opted out, no open offers. False when they had said it before."""
    if agent.opted_out_at is not None:
        return False
    Agent.opt_out(agent.id, now, ground)
    follow_agent(agent.id, utc_now())
    return True


def set_unreachable(agent: Agent, code: int | None, now: datetime) -> None:
    """WhatsApp can't reach the agent: no open offers, and operations see their jobs. Harmless when repeated."""
    if Agent.set_unreachable(agent.id, code, now):
        follow_agent(agent.id, utc_now())


def set_reachable(agent: Agent, now: datetime) -> Agent:
    """An agent who could not be reached has written: what waits is offered to them. Returns them as they stand."""
    back = Agent.set_reachable(agent.id, now) if agent.unreachable_at else None
    if back:
        tasks.catch_up(agent.id)
    return back or agent


def opt_in(agent: Agent, now: datetime, ground: Ground = BY_TWILIO) -> None:
    """The agent said START: they hear from us again, and if they were active are offered what waits."""
    Agent.opt_in(agent.id, now, ground)
    tasks.catch_up(agent.id)


def pause(agent: Agent, until: datetime, now: datetime) -> None:
    """The agent wants no offers until then; what was being offered to them at this moment is brought to its end."""
    Agent.pause(agent.id, until, now)
    tasks.catch_up(agent.id)


def end_pause(agent_id: ObjectId, now: datetime) -> None:
    """An agent's pause is over: what waits is offered to them. Harmless when it is not, or not any more."""
    Agent.end_pause(agent_id, now)
    tasks.catch_up(agent_id)


def _catch_up(agent: Agent, now: datetime) -> None:
    """Offer an active agent what waits for somebody; their own jobs are in good hands again.

    Who has paused offers hears of those only that were made already, should telling them have been broken off.
    """
    asked = {(offer.job, offer.round) for offer in Offer.undecided_of(agent.id)} if agent.paused_until else None
    for job in Job.owned_by(agent.id):
        Job.clear_attention(job.id, Reason.AGENT_INACTIVE, now)
        keys = message_keys.owners_news(job)
        if event := job.last_event("changed", "client_changed"):
            keys.append(message_keys.key(event["id"], str(agent.id), kinds.DETAILS_CHANGED))
        tasks.send(Message.restore_withdrawn(keys, now), Lane.REPLIES)  # what they did not hear amid their silence
    for job in Job.wanting_agents(now, CAUGHT_UP):
        if agent.id not in offering.released_by(job.timeline) and (asked is None or (job.id, job.round) in asked):
            rounds.offer_again(job, agent, now)


def _end_offers(agent: Agent, now: datetime) -> None:
    """Close the offers of an agent who is not active, end what is held for them, and let operations see their jobs.

    Whoever is deleted has none; what went to them at the same moment goes back.
    """
    rounds_of = {offer.job: offer.round for offer in Offer.undecided_of(agent.id)}
    asked = [job for job in map(Job.get, rounds_of) if job and job.round == rounds_of[job.id] and not job.held_for]
    for job in asked:  # before they close: after a crash nobody would know which they were
        rounds.flag_if_no_agent_left(job, now, besides=agent.id)
    Offer.close_of_agent(agent.id)
    for job in asked:  # and after: two may go at the same moment, each the other's last hope
        rounds.flag_if_no_agent_left(job, now)
    Message.withdraw({"phone": agent.phone, "agent": agent.id, "kind": kinds.OFFER.name, "direction": "outbound"})
    for job in Job.held(agent.id):
        rounds.end_hold(job, "inactive", now)
    for job in Job.owned_by(agent.id):
        if agent.present:
            alarms.flag_attention(job, Reason.AGENT_INACTIVE, now)
        else:  # settled while they were being deleted
            release.release(job.id, now, agent=agent.id, reason="agent_deleted")
