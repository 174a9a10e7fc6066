"""Changing: what follows when an agent's standing with us changes, or what is known of a client."""

from datetime import datetime
from functools import partial

import structlog
from bson import ObjectId

from dispatch import queueing
from dispatch.actions import alerting, rounds, situations, telling, trying, withdrawing
from dispatch.models import Agent, Client, Job, Message, Offer
from dispatch.models.consent import BY_TWILIO, Ground
from dispatch.models.record import utc_now
from dispatch.rules import offering
from dispatch.rules.attention import Reason
from dispatch.rules.delivery import Lane
from dispatch.rules.job_states import OPEN

log = structlog.get_logger(__name__)

#: An agent who becomes active is offered so many of the jobs that wait for one, and all that nobody is left for.
CAUGHT_UP = 50


def agent_changed(agent: Agent, now: datetime) -> None:
    """Called when an agent was made, replaced or deleted: offers end at once, new ones are hinted at."""
    if agent.is_active:
        queueing.catch_up(agent.id)
    else:
        follow_agent(agent.id, now)


def follow_agent(agent_id: ObjectId, now: datetime) -> None:
    """Do what follows from how an agent stands now; harmless when repeated.

    One follower at a time; whoever finds in the end that they have changed does it again, so the latest change wins.
    """
    agent = Agent.lease_following(agent_id, now)
    while agent:
        standing, tries = agent, agent.tries or 1
        _, wrong = trying.attempt(tries, partial(_do_what_follows, standing, now), agent=str(agent_id))
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


def silence(agent: Agent, now: datetime, ground: Ground = BY_TWILIO) -> bool:
    """The agent said STOP: inactive, opted out, no open offers. False when they had said it before."""
    if agent.opted_out_at is not None:
        return False
    Agent.opt_out(agent.id, now, ground)
    follow_agent(agent.id, utc_now())
    return True


def lose(agent: Agent, code: int | None, now: datetime) -> None:
    """WhatsApp can't reach the agent: no open offers, and operations see their jobs. Harmless when repeated."""
    if Agent.lose(agent.id, code, now):
        follow_agent(agent.id, utc_now())


def found_again(agent: Agent, now: datetime) -> Agent:
    """An agent who could not be reached has written: what waits is offered to them. Returns them as they stand."""
    back = Agent.find_again(agent.id, now) if agent.unreachable_at else None
    if back:
        queueing.catch_up(agent.id)
    return back or agent


def welcome_back(agent: Agent, now: datetime, ground: Ground = BY_TWILIO) -> None:
    """The agent said START: they hear from us again, and if they were active are offered what waits."""
    Agent.opt_in(agent.id, now, ground)
    queueing.catch_up(agent.id)


def pause(agent: Agent, until: datetime, now: datetime) -> None:
    """The agent wants no offers until then; what was being offered to them at this moment is brought to its end."""
    Agent.pause(agent.id, until, now)
    queueing.catch_up(agent.id)


def end_pause(agent_id: ObjectId, now: datetime) -> None:
    """An agent's pause is over: what waits is offered to them. Harmless when it is not, or not any more."""
    Agent.end_pause(agent_id, now)
    queueing.catch_up(agent_id)


def client_changed(client: Client, now: datetime) -> None:
    """A client's details were replaced: their open jobs get them, and whoever has one of these is told."""
    details = {name: client[name] for name in ("client_id", "name", "phone", "email", "language") if client[name]}
    for job_id in [job.id for job in Job.open_of_client(client.client_id)]:
        while (job := Job.live(job_id)) and job.client_details != details and not _with_client(job, details, now):
            continue  # somebody was faster: it is read again


def _with_client(job: Job, details: dict[str, str], now: datetime) -> bool:
    """Write a client's details into a job; False when the job has changed since it was read."""
    guard, change = {"version": job.version}, {"client_details": details}
    if all(job.client_details[name] == details[name] for name in ("name", "phone")):  # all that an agent sees of them
        return Job.take({"_id": job.id, **guard}, {"$set": {**change, "updated_at": now}}) is not None
    if job.state not in OPEN:
        return True
    changed = Job.move(job.id, "client_changed", now, standing=job.state, guard=guard, change=change)
    if changed:
        queueing.follow(job.id)
    return changed is not None


def _catch_up(agent: Agent, now: datetime) -> None:
    """Offer an active agent what waits for somebody; their own jobs are in good hands again.

    Who has paused offers hears of those only that were made already, should telling them have been broken off.
    """
    asked = {(offer.job, offer.round) for offer in Offer.undecided_of(agent.id)} if agent.paused_until else None
    for job in Job.owned_by(agent.id):
        Job.attended(job.id, Reason.AGENT_INACTIVE, now)
        keys = situations.owners_news(job)
        if event := job.last_event("changed", "client_changed"):
            keys.append(telling.key(event["id"], str(agent.id), "details_changed"))
        queueing.send(Message.bring_back(keys, now), Lane.REPLIES)  # what they did not hear amid their silence
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
        rounds.nobody_left(job, now, besides=agent.id)
    Offer.close_of_agent(agent.id)
    for job in asked:  # and after: two may go at the same moment, each the other's last hope
        rounds.nobody_left(job, now)
    Message.withdraw({"phone": agent.phone, "agent": agent.id, "kind": "offer", "direction": "outbound"})
    for job in Job.held(agent.id):
        rounds.end_hold(job, "inactive", now)
    for job in Job.owned_by(agent.id):
        if agent.present:
            alerting.attend(job, Reason.AGENT_INACTIVE, now)
        else:  # settled while they were being deleted
            withdrawing.release(job.id, now, agent=agent.id, reason="agent_deleted")
