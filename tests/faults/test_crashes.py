"""Crashes: each step is killed before each of its commands to MongoDB, then repeated; nothing is lost or doubled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dispatch import redis_client
from dispatch.actions.clock import sweep
from dispatch.actions.inbox import handling
from dispatch.actions.jobs import claims, events
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.models.base.record import server_now, utc_now
from tests.builders import a_job, an_agent, an_offered_job, heard, kinds_to, lease
from tests.conftest import Servers
from tests.faults.killing import dies_at

MOST_COMMANDS = 60


def time_passes() -> None:
    """Let every lease run out: what was taken and not finished is due again."""
    past = utc_now() - timedelta(minutes=1)
    Message.collection().update_many({"next_attempt_at": {"$exists": True}}, {"$set": {"next_attempt_at": past}})
    Offer.collection().update_many({"state": OfferState.CLAIMED}, {"$set": {"settle_at": past}})
    Job.collection().update_many({"follow_up_at": {"$exists": True}}, {"$set": {"follow_up_at": past}})


def settle(job: Job) -> None:
    """Settle as the worker does, once the claim is old enough."""
    claims.settle(job.id, server_now() + timedelta(seconds=1))


def sweep_and_work() -> None:
    """Do the work that the sweep would enqueue: only work that the database shows as overdue."""
    time_passes()
    now = utc_now()
    for message in Message.overdue_to_handle(now):
        handling.handle(message.id)
    for job_id in Offer.overdue_claims(now):
        claims.settle(job_id, server_now() + timedelta(seconds=1))
    for job_id in Job.overdue(now):
        events.follow_up(job_id, now)


def a_yes(winner: Agent, job: Job) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The handling of the winner's YES."""
    return handling.handle, (heard(winner, "yes").id,)


def a_settling(winner: Agent, job: Job) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The settling of the winner's claim, with all follow-up work."""
    handling.handle(heard(winner, "yes").id)
    return settle, (job,)


@pytest.mark.parametrize("step", [a_yes, a_settling])
def test_a_claim_killed_anywhere_is_settled_once(stores_clean: Servers, step: Callable[..., Any]) -> None:
    """Killed before any of its commands, the claim wins once, and each person is informed once."""
    survived = False
    for command in range(1, MOST_COMMANDS):
        wipe()
        winner, loser = an_agent(), an_agent()
        job = an_offered_job()
        work, args = step(winner, job)
        survived = not dies_at(command, work, *args)
        for _ in range(3):
            sweep_and_work()
        assert Job.get(job.id).agent == winner.id, f"killed at {command}"
        assert kinds_to(winner) == ["offer", "assigned"], f"killed at {command}"
        assert kinds_to(loser) == ["offer", "taken"], f"killed at {command}"
        assert not Message.objects(unhandled=True)
        if survived:
            assert command > 5  # the process was killed at several points before
            break
    assert survived


def test_a_new_job_killed_anywhere_is_offered_once(stores_clean: Servers) -> None:
    """Killed while a broadcast is written, every agent still gets one offer and one message."""
    survived = False
    for command in range(1, MOST_COMMANDS):
        wipe()
        agents = [an_agent() for _ in range(3)]
        job = a_job()
        survived = not dies_at(command, events.follow_up, job.id, utc_now())
        sweep_and_work()
        assert [kinds_to(agent) for agent in agents] == [["offer"]] * 3, f"killed at {command}"
        assert Offer.objects(job=job.id).count() == 3
        if survived:
            assert command > 5
            break
    assert survived


def test_a_message_handled_again_keeps_its_first_interpretation(stores_clean: Servers) -> None:
    """A message whose handling was killed after its interpretation keeps that meaning, although the job has changed."""
    agent = an_agent()
    job = an_offered_job()
    yes = heard(agent, "yes")
    offer = Offer.of_agent_for(agent.id, job.id)
    Message.understand(yes, {"act": "claim", "word": "yes", "job": job.id, "agent": agent.id, "offer": offer.id})
    later = a_job(starts_in="3d")
    events.follow_up(later.id, utc_now())
    for message in Message.objects(kind="offer", status="queued"):
        lease(message.id, utc_now())
    sweep_and_work()
    sweep_and_work()
    assert Job.get(job.id).agent == agent.id
    assert Job.get(later.id).agent is None


def test_the_sweep_enqueues_all_overdue_work(stores_clean: Servers) -> None:
    """After Redis is emptied, a sweep enqueues again all messages, claims, events and sends."""
    agent = an_agent()
    an_offered_job()
    handling.handle(heard(agent, "yes").id)
    heard(agent, "help")
    a_job()
    time_passes()
    redis_client.client().flushall()
    sweep.sweep(utc_now())
    queued = {name: redis_client.client().llen(name) for name in ("inbox", "assignment", "broadcasting", "lookups")}
    assert all(queued.values()), queued


def wipe() -> None:
    """Empty Redis."""
    for document in (Agent, Job, Message, Offer):
        document.collection().delete_many({})
