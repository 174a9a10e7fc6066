"""Retries of failed work, and the operational status, also while a store is down."""

import os
import signal

import pytest

from dispatch import redis_client, shelf
from dispatch.models import Agent, Alarm, Job, Message, Offer, Timer
from dispatch.models.alarm import POSTING
from dispatch.models.base.record import utc_now
from tests.api.standing import a_job_after, park_everything
from tests.builders import an_agent, heard, lease
from tests.conftest import Servers
from tests.pretending import LONG_AGO, a_message, hinted, now_of

ERROR = "KeyError in dispatch.x:y"


def parked(message):
    Message.objects(pk=message.id).update(
        set__status="parked", set__error=ERROR, set__tries=6, unset__unhandled=1, unset__next_attempt_at=1
    )
    return f"/api/messages/{message.id}/retry"


def test_a_failed_inbound_message_is_listed_with_its_error_and_can_be_retried(api):
    message = heard(an_agent(), "yes")
    path = parked(message)
    [row] = api.get("/api/messages/?status=parked").json
    assert (row["id"], row["error"]) == (str(message.id), ERROR)
    redis_client.client().flushdb()
    answer = api.post(path)
    assert (answer.status_code, answer.json["status"], answer.json["error"]) == (200, "received", None)
    assert (now_of(message).unhandled, now_of(message).tries) == (True, 0)
    assert hinted("inbox") == [str(message.id)]
    again = api.post(path)
    assert (again.status_code, again.json["errors"]) == (409, {"status": ["received"]})
    assert hinted("inbox") == [str(message.id)]


def test_a_failed_outbound_message_is_sent_after_a_retry(api):
    message = a_message()
    path = parked(message)
    Message.collection().update_one({"_id": message.id}, {"$set": {"not_before": utc_now()}})
    answer = api.post(path)
    assert (answer.status_code, answer.json["status"], answer.json["error"]) == (200, "queued", None)
    assert hinted(now_of(message).lane) == [[str(message.id)]]
    assert now_of(message).next_attempt_at
    assert now_of(message).not_before is None
    assert api.post(path).status_code == 409
    assert lease(message.id, utc_now())


def test_a_repeated_retry_with_a_key_is_done_once(api):
    path = parked(heard(an_agent(), "yes"))
    redis_client.client().flushdb()
    first, again = (api.post(path, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (200, 200, first.json)
    assert len(hinted("inbox")) == 1


@pytest.mark.parametrize("what", ["jobs", "agents", "messages"])
def test_a_retry_without_failed_work_is_refused(api, what):
    assert api.post(f"/api/{what}/65f000000000000000000000/retry").status_code == 404


def test_a_retry_restarts_all_failed_work_of_a_job(api):
    _, job = a_job_after()
    park_everything()
    Offer.collection().update_one({"job": job.id}, {"$set": {"state": "claimed", "parked_at": utc_now()}})
    parked_timers = {"$set": {"parked_at": utc_now(), "tries": 6}, "$unset": {"next_attempt_at": 1}}
    Timer.collection().update_many({"job": job.id}, parked_timers)
    redis_client.client().flushdb()
    assert api.post(f"/api/jobs/{job.id}/retry").status_code == 200
    assert (hinted("broadcasting"), hinted("assignment")) == ([str(job.id)], [str(job.id)])
    assert {(timer.attempts, timer.parked_at, bool(timer.next_attempt_at)) for timer in Timer.objects} == {
        (0, None, True)
    }
    again = api.post(f"/api/jobs/{job.id}/retry")
    assert (again.status_code, again.json["errors"]) == (409, {"status": ["pending"]})


def test_work_of_a_deleted_job_or_agent_can_be_retried(api):
    agent, job = a_job_after()
    park_everything()
    Job.objects.update(deleted_at=utc_now(), status="cancelled")
    Agent.objects.update(present=False, deleted_at=utc_now())
    assert api.post(f"/api/jobs/{job.id}/retry").status_code == 200
    assert api.post(f"/api/agents/{agent.id}/retry").status_code == 200
    assert api.post(f"/api/agents/{agent.id}/retry").status_code == 409


def test_a_healthy_desk_shows_no_overdue_or_failed_work(api):
    seen = api.get("/health/detail").json
    assert (seen["mongodb"], seen["redis"], seen["rescued"]) == (
        "ok",
        "ok",
        {"waiting": 0, "receipts": 0, "set_aside": 0},
    )
    assert {kind: row["count"] for kind, row in seen["overdue"].items()} == dict.fromkeys(
        ("inbound", "claims", "events", "agents", "pauses", "outbound", "look_ups", "timers", "alarms"), 0
    )
    assert list(seen["parked"]) == ["inbound", "outbound", "events", "claims", "agents", "timers"]
    assert all(row == {"count": 0, "first": []} for row in seen["parked"].values())


def test_overdue_work_is_counted_with_its_oldest_time(api):
    agent, _ = a_job_after("YES", "CONFIRM")
    heard(agent, "help")
    past = utc_now() - LONG_AGO
    Job.objects.update(follow_up_at=past, alert_at=past)
    Agent.objects.update(follow_up_at=past, paused_until=past)
    Timer.objects.update(next_attempt_at=past)
    Offer.collection().update_many({}, {"$set": {"state": "claimed", "settle_at": past}})
    for status in ("queued", "unknown"):
        Message.objects(pk=a_message().id).update(status=status, next_attempt_at=past)
    Alarm.record_alarm("twilio:63007", "twilio:63007", "messages_fail", "They fail.", {}, past - POSTING)
    for key, count in ((shelf.RESCUED, 1), (shelf.RECEIPTS, 3), (shelf.SET_ASIDE, 2)):
        redis_client.client().rpush(key, *["{}"] * count)
    seen = api.get("/health/detail").json
    counts = {kind: row["count"] for kind, row in seen["overdue"].items()}
    assert counts == {
        "inbound": 1,
        "claims": 1,
        "events": 1,
        "agents": 1,
        "pauses": 1,
        "outbound": 1,
        "look_ups": 1,
        "timers": Timer.objects.count(),
        "alarms": 2,
    }
    assert {row["since"] for kind, row in seen["overdue"].items() if kind != "inbound"} == {past.isoformat()}
    assert seen["rescued"] == {"waiting": 1, "receipts": 3, "set_aside": 2}


def test_failed_work_is_listed_with_its_error(api):
    agent, job = a_job_after("YES")
    park_everything()
    Offer.collection().update_one({"job": job.id}, {"$set": {"parked_at": utc_now(), "error": ERROR}})
    Timer.collection().update_one({"job": job.id}, {"$set": {"parked_at": utc_now(), "error": ERROR}})
    seen = api.get("/health/detail").json["parked"]
    named = {
        kind: (row["first"][0]["id"], row["first"][0]["job_id"], row["first"][0]["error"]) for kind, row in seen.items()
    }
    offer, timer, job_id = Offer.objects.get(), Timer.objects(parked_at__ne=None).get(), str(job.id)
    assert named == {
        "inbound": (str(Message.objects(direction="inbound").get().id), job_id, ERROR),
        "outbound": (str(Message.objects(direction="outbound").order_by("id").first().id), job_id, ERROR),
        "events": (job_id, job_id, ERROR),
        "claims": (str(offer.id), job_id, ERROR),
        "agents": (str(agent.id), None, ERROR),
        "timers": (str(timer.id), job_id, ERROR),
    }
    assert seen["outbound"]["count"] == Message.objects(direction="outbound").count()


def test_of_much_failed_work_five_are_listed_and_the_count_is_capped(api, monkeypatch):
    monkeypatch.setattr("dispatch.actions.operations.backlog.MOST", 7)
    for _ in range(9):
        parked(a_message())
    seen = api.get("/health/detail").json["parked"]["outbound"]
    assert (seen["count"], len(seen["first"])) == (7, 5)


@pytest.mark.parametrize("stuck", [["mongodb"], ["redis"], ["mongodb", "redis"]], ids=" and ".join)
def test_operational_status_is_answered_while_a_store_is_stuck(api, servers: Servers, stuck):
    processes = [getattr(servers, name).process for name in stuck]
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        answer = api.get("/health/detail")
    finally:
        for process in processes:
            os.kill(process.pid, signal.SIGCONT)
    assert answer.status_code == 200
    assert [name for name in ("mongodb", "redis") if answer.json[name] != "ok"] == stuck
    assert (answer.json["overdue"] is None, answer.json["parked"] is None) == ("mongodb" in stuck,) * 2
    assert (answer.json["rescued"] is None) == ("redis" in stuck)
