"""Work that keeps failing is retried after growing waits, parked with its error, and retried on request.

Other work goes on.
"""

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
BROKEN = "of_tomorrow"  # an unknown event, act and field


def try_until_nothing_is_due(work: Callable[[datetime], object], due: Callable[[], datetime | None]) -> list[float]:
    """Work whenever it is due, until it is not due any more. Return the waits, in seconds."""
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
    """Add an event as the oldest one of a job that this code can't follow up, and return its id."""
    event = {"id": ObjectId(), "name": BROKEN, "at": utc_now()}
    first = {"$each": [event], "$position": 0}
    Job.collection().update_one(
        {"_id": job.id}, {"$push": {"timeline": first, "unfollowed": {"$each": [event["id"]], "$position": 0}}}
    )
    return event["id"]


def follow_up_until_nothing_is_due(job: Job) -> list[float]:
    return try_until_nothing_is_due(lambda now: events.follow_up(job.id, now), lambda: Job.get(job.id).follow_up_at)


def is_overdue_tomorrow(job: Job) -> bool:
    later = utc_now() + DAY
    return job.id in Job.overdue(later) or job.id in Offer.overdue_claims(later)


def test_event_that_keeps_failing_is_set_aside_and_later_events_are_followed_up(ada: Agent) -> None:
    job = a_job()
    event = with_a_broken_event(job)
    assert follow_up_until_nothing_is_due(job) == [2, 4, 8, 16, 32]
    job = Job.get(job.id)
    assert (job.unfollowed, job.set_aside, job.attention) == ([], [event], "stuck")
    assert job.error == "KeyError in dispatch.actions.jobs.events:_consequences"
    [noted] = [each for each in job.timeline if each["name"] == "stuck"]
    assert (noted["of"], noted["error"]) == (event, job.error)
    assert kinds_to(ada) == ["offer"]
    assert not is_overdue_tomorrow(job)


def test_event_after_one_set_aside_is_followed_up_at_once(ada: Agent) -> None:
    job = a_job()
    with_a_broken_event(job)
    follow_up_until_nothing_is_due(job)
    cancel.cancel(job.id, utc_now() + DAY)
    events.follow_up(job.id, utc_now() + DAY)
    assert kinds_to(ada) == ["offer", "withdrawn"] or Message.objects(phone=ada.phone, status="withdrawn")
    assert Job.get(job.id).unfollowed == []
    assert len(Job.get(job.id).set_aside) == 1


def test_event_that_kills_its_worker_is_set_aside(ada: Agent) -> None:
    job = a_job()
    now = utc_now()
    for _ in range(failures.MOST_TRIES):
        assert Job.lease_following(job.id, now)  # the worker dies
        now = Job.get(job.id).follow_up_at
    events.follow_up(job.id, now)
    assert (Job.get(job.id).error, Job.get(job.id).attention) == (failures.WORKER_LOST, "stuck")
    assert Job.get(job.id).follow_up_at is None
    assert kinds_to(ada) == []


def test_tries_are_counted_for_each_event(ada: Agent) -> None:
    job = a_job()
    event = with_a_broken_event(job)
    Job.objects(pk=job.id).update(unfollowed=[job.unfollowed[0], event], tries=failures.MOST_TRIES - 1)
    events.follow_up(job.id, utc_now())
    assert kinds_to(ada) == ["offer"]
    assert (Job.get(job.id).tries, Job.get(job.id).set_aside) == (1, [])


def test_event_set_aside_is_followed_up_after_a_retry(ada: Agent) -> None:
    job = a_job()
    event = with_a_broken_event(job)
    follow_up_until_nothing_is_due(job)
    assert put_back.retry_job(job.id, utc_now())
    assert Job.get(job.id).attention is None
    assert follow_up_until_nothing_is_due(job) == [2, 4, 8, 16, 32]
    assert Job.get(job.id).attention == "stuck"
    Job.collection().update_one({"_id": job.id, "timeline.id": event}, {"$set": {"timeline.$.name": "changed"}})
    assert put_back.retry_job(job.id, utc_now())
    events.follow_up(job.id, utc_now() + SECOND)
    job = Job.get(job.id)
    assert (job.unfollowed, job.set_aside, job.parked_at, job.error, job.attention) == ([], [], None, None, None)
    assert not put_back.retry_job(job.id, utc_now())


def settle_until_nothing_is_due(job: Job) -> list[float]:
    due = lambda: min((each.settle_at for each in Offer.objects(job=job.id, settle_at__ne=None)), default=None)  # noqa: E731
    return try_until_nothing_is_due(lambda now: claims.settle(job.id, now), due)


def test_claim_that_keeps_failing_is_parked_and_settled_after_a_retry(ada: Agent) -> None:
    job = an_offered_job()
    handling.handle(heard(ada, "yes").id)
    Agent.collection().update_one({"_id": ada.id}, {"$set": {"_cls": BROKEN}})
    assert settle_until_nothing_is_due(job) == [2, 4, 8, 16, 32]
    offer = Offer.of_agent_for(ada.id, job.id)
    assert (offer.state, Job.get(job.id).attention) == ("claimed", "stuck")
    assert offer.error.startswith("NotRegistered in dispatch.")
    assert not is_overdue_tomorrow(job)
    assert Offer.objects(job=job.id, state="claimed", parked_at__ne=None).count() == 1
    Agent.collection().update_one({"_id": ada.id}, {"$unset": {"_cls": 1}})
    assert put_back.retry_job(job.id, utc_now())
    claims.settle(job.id, server_now() + SECOND)
    assert (Job.get(job.id).agent, Job.get(job.id).attention) == (ada.id, None)
    assert Offer.of_agent_for(ada.id, job.id).error is None


def test_parked_claim_does_not_hold_up_a_later_claim(ada: Agent, bisi: Agent) -> None:
    job = an_offered_job()
    for agent in (ada, bisi):
        handling.handle(heard(agent, "yes").id)
    Agent.collection().update_one({"_id": ada.id}, {"$set": {"_cls": BROKEN}})
    for _ in range(failures.MOST_TRIES):
        claims.settle(job.id, utc_now() + DAY)
        Offer.objects(job=job.id, agent=ada.id, parked_at=None).update(settle_at=utc_now())
    assert Job.get(job.id).agent == bisi.id


def test_claim_that_kills_its_worker_is_parked_and_waiting_does_not_count_as_a_try(ada: Agent, bisi: Agent) -> None:
    job = an_offered_job()
    heard(bisi, "hello")  # unhandled and earlier
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
    """Let handling of a message fail this often, as its meaning is unknown to this code."""
    Message.understand(message, {"act": BROKEN, "word": "yes"})
    for _ in range(times):
        Message.objects(pk=message.id, unhandled=True).update(next_attempt_at=utc_now())
        handling.handle(message.id)


def test_message_that_keeps_failing_is_parked_with_its_error_and_the_next_is_handled(ada: Agent) -> None:
    broken, next_one = heard(ada, "hello"), heard(ada, "help")
    fail_to_handle(broken, failures.MOST_TRIES - 1)
    assert Message.get(next_one.id).status == "received"  # it waits while the earlier one is retried
    fail_to_handle(broken, 1)
    parked = Message.get(broken.id)
    assert (parked.status, parked.unhandled, Message.get(next_one.id).status) == ("parked", None, "handled")
    assert parked.error.startswith(("KeyError in dispatch.", "ValueError in dispatch."))


def test_failing_message_delays_other_claims_once_and_within_the_bound(ada: Agent, bisi: Agent) -> None:
    """Ada's message keeps failing. Bisi's claim waits for its second try, and her next claim does not wait."""
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


def test_agent_change_that_keeps_failing_is_parked_until_the_next_change_or_a_retry(ada: Agent) -> None:
    job = an_offered_job()
    Job.collection().update_one({"_id": job.id}, {"$set": {"_cls": BROKEN}})

    def rest() -> list[float]:
        return try_until_nothing_is_due(
            lambda now: agents.follow_agent(ada.id, now), lambda: Agent.get(ada.id).follow_up_at
        )

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


def test_sweep_does_not_enqueue_parked_work(ada: Agent) -> None:
    job = a_job()
    with_a_broken_event(job)
    follow_up_until_nothing_is_due(job)
    Message.objects.delete()
    before = Job.get(job.id).to_mongo()
    sweep.sweep(utc_now() + DAY)
    events.follow_up(job.id, utc_now() + DAY)
    assert {**Job.get(job.id).to_mongo(), "alert_at": 0} == {**before, "alert_at": 0}


def test_work_is_not_parked_while_a_store_does_not_answer(ada: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis, which settling asks for waiting webhook forms, does not answer: not even the last try counts."""
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
