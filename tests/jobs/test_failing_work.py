"""Poison: what fails each time is tried less and less often, parked with its error, put back; others go on."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import redis
from bson import ObjectId

from config.settings import settings
from dispatch import redis_client
from dispatch.actions.clock import sweep
from dispatch.actions.inbox import handling
from dispatch.actions.jobs import cancel, claims, events
from dispatch.actions.operations import put_back
from dispatch.actions.people import agents
from dispatch.models import Agent, Job, Message, Offer
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules import failures
from tests.builders import a_job, an_offered_job, heard, kinds_to

pytestmark = pytest.mark.usefixtures("stores_clean")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
BROKEN = "of_tomorrow"  # no event, no act, no field that this code knows


def try_until_it_rests(work: Callable[[datetime], object], due: Callable[[], datetime | None]) -> list[float]:
    """Work whenever it is due until it never is again; return the waits, in seconds."""
    waits: list[float] = []
    now = utc_now() + SECOND
    while len(waits) < 20:
        work(now)
        again = due()
        if again is None:
            return waits
        waits.append(round((again - now).total_seconds()))
        now = max(again, now)
    raise AssertionError(f"no rest: {waits}")


def with_a_broken_event(job: Job) -> ObjectId:
    """Let something have happened to a job, before all else, that this code can't follow."""
    event = {"id": ObjectId(), "name": BROKEN, "at": utc_now()}
    first = {"$each": [event], "$position": 0}
    Job.collection().update_one(
        {"_id": job.id}, {"$push": {"timeline": first, "unfollowed": {"$each": [event["id"]], "$position": 0}}}
    )
    return event["id"]


def follow_to_rest(job: Job) -> list[float]:
    return try_until_it_rests(lambda now: events.follow_up(job.id, now), lambda: Job.get(job.id).follow_up_at)


def is_overdue_tomorrow(job: Job) -> bool:
    later = utc_now() + DAY
    return job.id in Job.overdue(later) or job.id in Offer.overdue_claims(later)


def test_an_event_that_fails_is_set_aside_and_the_later_ones_are_followed(ada: Agent) -> None:
    job = a_job()
    event = with_a_broken_event(job)
    assert follow_to_rest(job) == [2, 4, 8, 16, 32]
    job = Job.get(job.id)
    assert (job.unfollowed, job.set_aside, job.attention) == ([], [event], "stuck")
    assert job.error == "KeyError in dispatch.actions.jobs.events:_consequences"
    [noted] = [each for each in job.timeline if each["name"] == "stuck"]
    assert (noted["of"], noted["error"]) == (event, job.error)
    assert kinds_to(ada) == ["offer"]
    assert not is_overdue_tomorrow(job)


def test_what_happens_after_an_event_was_set_aside_is_followed_at_once(ada: Agent) -> None:
    job = a_job()
    with_a_broken_event(job)
    follow_to_rest(job)
    cancel.cancel(job.id, utc_now() + DAY)
    events.follow_up(job.id, utc_now() + DAY)
    assert kinds_to(ada) == ["offer", "withdrawn"] or Message.objects(phone=ada.phone, status="withdrawn")
    assert Job.get(job.id).unfollowed == []
    assert len(Job.get(job.id).set_aside) == 1


def test_an_event_that_kills_its_follower_is_set_aside_too(ada: Agent) -> None:
    job = a_job()
    now = utc_now()
    for _ in range(failures.MOST_TRIES):
        assert Job.lease_following(job.id, now)  # and never heard of again
        now = Job.get(job.id).follow_up_at
    events.follow_up(job.id, now)
    assert (Job.get(job.id).error, Job.get(job.id).attention) == (failures.WORKER_LOST, "stuck")
    assert Job.get(job.id).follow_up_at is None
    assert kinds_to(ada) == []


def test_tries_are_counted_for_each_event_by_itself(ada: Agent) -> None:
    job = a_job()
    event = with_a_broken_event(job)
    Job.objects(pk=job.id).update(unfollowed=[job.unfollowed[0], event], tries=failures.MOST_TRIES - 1)
    events.follow_up(job.id, utc_now())
    assert kinds_to(ada) == ["offer"]
    assert (Job.get(job.id).tries, Job.get(job.id).set_aside) == (1, [])


def test_an_event_put_back_is_followed_if_it_can_be_now(ada: Agent) -> None:
    job = a_job()
    event = with_a_broken_event(job)
    follow_to_rest(job)
    assert put_back.retry_job(job.id, utc_now())
    assert Job.get(job.id).attention is None
    assert follow_to_rest(job) == [2, 4, 8, 16, 32]
    assert Job.get(job.id).attention == "stuck"
    Job.collection().update_one({"_id": job.id, "timeline.id": event}, {"$set": {"timeline.$.name": "changed"}})
    assert put_back.retry_job(job.id, utc_now())
    events.follow_up(job.id, utc_now() + SECOND)
    job = Job.get(job.id)
    assert (job.unfollowed, job.set_aside, job.parked_at, job.error, job.attention) == ([], [], None, None, None)
    assert not put_back.retry_job(job.id, utc_now())


def settle_to_rest(job: Job) -> list[float]:
    due = lambda: min((each.settle_at for each in Offer.objects(job=job.id, settle_at__ne=None)), default=None)  # noqa: E731
    return try_until_it_rests(lambda now: claims.settle(job.id, now), due)


def test_a_claim_that_fails_is_parked_and_put_back(ada: Agent) -> None:
    job = an_offered_job()
    handling.handle(heard(ada, "yes").id)
    Agent.collection().update_one({"_id": ada.id}, {"$set": {"_cls": BROKEN}})
    assert settle_to_rest(job) == [2, 4, 8, 16, 32]
    offer = Offer.of_agent_for(ada.id, job.id)
    assert (offer.state, Job.get(job.id).attention) == ("claimed", "stuck")
    assert offer.error.startswith("NotRegistered in dispatch.")
    assert not is_overdue_tomorrow(job)
    assert Offer.is_stuck(job.id)
    Agent.collection().update_one({"_id": ada.id}, {"$unset": {"_cls": 1}})
    assert put_back.retry_job(job.id, utc_now())
    claims.settle(job.id, server_now() + SECOND)
    assert (Job.get(job.id).agent, Job.get(job.id).attention) == (ada.id, None)
    assert Offer.of_agent_for(ada.id, job.id).error is None


def test_a_parked_claim_stands_before_nobody(ada: Agent, bisi: Agent) -> None:
    job = an_offered_job()
    for agent in (ada, bisi):
        handling.handle(heard(agent, "yes").id)
    Agent.collection().update_one({"_id": ada.id}, {"$set": {"_cls": BROKEN}})
    for _ in range(failures.MOST_TRIES):
        claims.settle(job.id, utc_now() + DAY)
        Offer.objects(job=job.id, agent=ada.id, parked_at=None).update(settle_at=utc_now())
    assert Job.get(job.id).agent == bisi.id


def test_a_claim_that_kills_its_settler_is_parked_and_waiting_is_no_failure(ada: Agent, bisi: Agent) -> None:
    job = an_offered_job()
    heard(bisi, "hello")  # unhandled, and earlier
    handling.handle(heard(ada, "yes").id)
    offer, now = Offer.of_agent_for(ada.id, job.id), server_now() + SECOND
    for _ in range(failures.MOST_TRIES * 2):
        with pytest.raises(claims.NotYet):
            claims.settle(job.id, now)
        now += timedelta(seconds=0.5)
    for _ in range(failures.MOST_TRIES):
        assert Offer.lease_settling(offer.id, now, now + SECOND)
        now += SECOND
    claims.settle(job.id, now)
    assert (Offer.get(offer.id).error, Job.get(job.id).attention) == (failures.WORKER_LOST, "stuck")


def fail_to_handle(message: Message, times: int) -> None:
    """Let a message be tried so often; what it was understood as is nothing that this code knows."""
    Message.understand(message, {"act": BROKEN, "word": "yes"})
    for _ in range(times):
        Message.objects(pk=message.id, unhandled=True).update(next_attempt_at=utc_now())
        handling.handle(message.id)


def test_a_message_that_fails_is_parked_with_its_error_and_the_next_is_handled(ada: Agent) -> None:
    broken, next_one = heard(ada, "hello"), heard(ada, "help")
    fail_to_handle(broken, failures.MOST_TRIES - 1)
    assert Message.get(next_one.id).status == "received"  # in their order, as long as there is hope
    fail_to_handle(broken, 1)
    parked = Message.get(broken.id)
    assert (parked.status, parked.unhandled, Message.get(next_one.id).status) == ("parked", None, "handled")
    assert parked.error.startswith(("KeyError in dispatch.", "ValueError in dispatch."))


def test_a_poisoned_message_delays_others_once_and_within_the_bound(ada: Agent, bisi: Agent) -> None:
    """Ada's message fails each time. Bisi's claim waits for its second try, and her next one for none."""
    first, second = an_offered_job(), an_offered_job("5d")
    broken = heard(ada, "yes")
    handling.handle(heard(bisi, f"yes {first.code}").id)
    fail_to_handle(broken, 1)
    with pytest.raises(claims.NotYet):
        claims.settle(first.id, server_now() + SECOND)
    fail_to_handle(broken, 1)
    claims.settle(first.id, server_now() + 2 * SECOND)
    assert Job.get(first.id).agent == bisi.id
    assert "overtaken" in [event["name"] for event in Job.get(first.id).timeline]
    handling.handle(heard(bisi, f"yes {second.code}").id)
    claims.settle(second.id, server_now() + SECOND)
    assert Job.get(second.id).agent == bisi.id


def test_an_agents_change_that_fails_is_parked_until_the_next_or_until_put_back(ada: Agent) -> None:
    job = an_offered_job()
    Job.collection().update_one({"_id": job.id}, {"$set": {"_cls": BROKEN}})

    def rest() -> list[float]:
        return try_until_it_rests(lambda now: agents.follow_agent(ada.id, now), lambda: Agent.get(ada.id).follow_up_at)

    Agent.follow_again(ada.id, utc_now())
    assert rest() == [2, 4, 8, 16, 32]
    parked = Agent.get(ada.id)
    assert parked.error.startswith("NotRegistered in dispatch.")
    assert parked.parked_at
    assert ada.id not in Agent.overdue(utc_now() + DAY)
    Agent.follow_again(ada.id, utc_now())
    assert (Agent.get(ada.id).parked_at, len(rest())) == (None, 5)
    Job.collection().update_one({"_id": job.id}, {"$unset": {"_cls": 1}})
    assert put_back.retry_agent(ada.id, utc_now())
    agents.follow_agent(ada.id, utc_now() + SECOND)
    assert (Agent.get(ada.id).parked_at, Agent.get(ada.id).follow_up_at, Agent.get(ada.id).tries) == (None, None, None)
    assert not put_back.retry_agent(ada.id, utc_now())


def test_a_sweep_hints_at_nothing_that_is_parked(ada: Agent) -> None:
    job = a_job()
    with_a_broken_event(job)
    follow_to_rest(job)
    Message.objects.delete()
    before = Job.get(job.id).to_mongo()
    sweep.sweep(utc_now() + DAY)
    events.follow_up(job.id, utc_now() + DAY)
    assert {**Job.get(job.id).to_mongo(), "alert_at": 0} == {**before, "alert_at": 0}


def test_a_store_that_does_not_answer_parks_nothing(ada: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis, which settling asks whether forms wait on its shelf, is silent: not even the last try of all counts."""
    monkeypatch.setattr(failures, "MOST_TRIES", 1)
    job = an_offered_job()
    handling.handle(heard(ada, "yes").id)
    redis_client.client().execute_command("CLIENT", "PAUSE", "1500")
    try:
        claims.settle(job.id, server_now() + SECOND)
    finally:
        redis.Redis.from_url(settings().stores.redis_url).execute_command("CLIENT", "UNPAUSE")
    offer = Offer.objects.get(job=job.id)
    assert (offer.parked_at, offer.tries, Job.get(job.id).attention) == (None, 0, None)
    claims.settle(job.id, offer.settle_at + SECOND)
    assert Job.get(job.id).agent == ada.id
