"""`flask check` lists each violation under the name of its law, and none for a busy, healthy desk."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from bson import ObjectId

from dispatch import redis_client, shelf, stores
from dispatch.actions.operations import law_check
from dispatch.models import Agent, Alarm, Job, Message, Offer, OfferState, Timer
from dispatch.models.base.record import utc_now
from dispatch.rules.clock.timer_kinds import TIMER_KINDS
from sandbox import embedded
from tests.cli.conftest import Flask_
from tests.cli.world import CheckedWorld
from tests.conftest import Servers
from tests.pretending import PretendTwilio
from tests.settings import changed

ROOT = Path(__file__).resolve().parents[2]
LONG_AGO = timedelta(hours=1)


@pytest.fixture
def world(twilio: PretendTwilio) -> CheckedWorld:
    """A busy, healthy desk."""
    return CheckedWorld(twilio)


def offences(grace: float = 0) -> list[tuple[str, str]]:
    found = law_check.check(timedelta(seconds=grace), days=7)
    return [(each.law, each.id) for each in found.offences]


def test_busy_healthy_desk_has_no_violations(world: CheckedWorld) -> None:
    found = law_check.check(timedelta(), days=7)
    assert found.offences == []
    assert found.read["jobs"] == 7
    assert all(found.read[kind] >= 3 for kind in ("offers", "timers", "messages"))


def _copy(document: type, row: dict, **changes: object) -> str:
    fresh = {**row, "_id": ObjectId(), **changes}
    document.collection().insert_one({name: value for name, value in fresh.items() if value is not None})
    return str(fresh["_id"])


def _second_winner(w: CheckedWorld) -> str:
    w.set(Offer, {"job": w.approved, "agent": w.bisi}, state="won")
    return str(w.approved)


def _never_offered(w: CheckedWorld) -> str:
    Offer.collection().delete_many({"job": w.assigned})
    return str(w.assigned)


def _lost_claim(w: CheckedWorld) -> str:
    """Bisi said YES too late to a job and got no answer."""
    told = w.one(Message, job=w.assigned, agent=w.bisi, kind="taken")
    Message.collection().delete_one({"_id": told["_id"]})
    return str(w.one(Offer, job=w.assigned, agent=w.bisi)["claim"])


def _timeline(w: CheckedWorld, job: str, **event: object) -> str:
    timeline = w.one(Job, _id=getattr(w, job))["timeline"]
    return w.job(job, timeline=[*timeline, {"id": ObjectId(), "at": utc_now(), **event}])


def _unfollowed(w: CheckedWorld, *drop: str, **fields: object) -> str:
    event = w.one(Job, _id=w.approved)["timeline"][-1]
    return w.job("approved", *drop, unfollowed=[event["id"]], **fields)


def _timer(w: CheckedWorld, name: str, kind: str) -> dict:
    return {"job": getattr(w, name), "kind": kind}


def _without_timer(w: CheckedWorld, name: str, *kinds: str) -> str:
    Timer.collection().delete_many({"job": getattr(w, name), "kind": {"$in": list(kinds)}})
    return str(getattr(w, name))


def _attempts(w: CheckedWorld, *states: str) -> list[dict]:
    return [{"n": n, "state": state, "started_at": utc_now() - LONG_AGO} for n, state in enumerate(states, 1)]


def _sent(w: CheckedWorld) -> dict:
    return {"_id": w.one(Message, job=w.approved, kind="approved")["_id"]}


def _reply(w: CheckedWorld) -> dict:
    return {"_id": w.one(Message, direction="inbound", text="Who is this?")["_id"]}


PAST = utc_now() - LONG_AGO
LAWS: dict[str, Callable[[CheckedWorld], str]] = {
    "two-owners": _second_winner,
    "won-by-another": lambda w: w.job("approved", agent=w.bisi),
    "owner-did-not-win": lambda w: (
        w.set(Offer, {"job": w.assigned, "state": "won"}, state="closed") and str(w.assigned)
    ),
    "owner-never-offered": _never_offered,
    "no-owner": lambda w: w.job("approved", "agent"),
    "timeline-disagrees": lambda w: w.job("assigned", status="approved"),
    "event-out-of-place": lambda w: _timeline(w, "cancelled", name="assigned", agent=w.ada),
    "moved-by-another": lambda w: _timeline(w, "approved", name="completed", agent=w.bisi),
    "state-unreached": lambda w: w.job("approved", "reached.approved"),
    "version-disagrees": lambda w: w.job("approved", version=9),
    "round-disagrees": lambda w: w.job("released", round=1),
    "held-and-not-pending": lambda w: w.job("approved", held_for=w.bisi),
    "deleted-and-not-cancelled": lambda w: w.job("approved", deleted_at=PAST),
    "attention-without-reason": lambda w: w.job("completed", attention="no_agent", attention_since=PAST),
    "alarm-of-nothing": lambda w: w.job("completed", alert_at=PAST),
    "alarm-overdue": lambda w: w.job("assigned", attention="unconfirmed", attention_since=PAST, alert_at=PAST),
    "event-unfollowed": lambda w: _unfollowed(w, follow_up_at=utc_now() + LONG_AGO),
    "event-never-followed": lambda w: _unfollowed(w, "follow_up_at"),
    "following-long-out": lambda w: w.job("completed", follow_up_at=PAST),
    "code-twice": lambda w: _code_twice(w),
    "nobody-is-asked": lambda w: Offer.close_all(w.pending, 1, OfferState.CLOSED) or str(w.pending),
    "reminder-missing": lambda w: _without_timer(w, "approved", "reminder"),
    "expiry-missing": lambda w: _without_timer(w, "pending", "expiry"),
    "hold-missing": lambda w: w.job("pending", held_for=w.ada),
    "nudge-missing": lambda w: (
        w.job("assigned", attention="agent_inactive", attention_since=PAST) and _without_timer(w, "assigned", "nudge")
    ),
    "ending-missing": lambda w: _without_timer(w, "in_progress", "ending"),
    "timer-of-ended-job": lambda w: w.set(Timer, _timer(w, "approved", "ending"), job=w.completed) and str(w.completed),
    "timer-never-fires": lambda w: w.set(Timer, _timer(w, "approved", "ending"), "next_attempt_at") and str(w.approved),
    "timer-overdue": lambda w: w.set(Timer, _timer(w, "approved", "reminder"), due_at=PAST),
    "timer-of-nothing": lambda w: w.set(Timer, _timer(w, "approved", "reminder"), job=ObjectId()),
    "claim-unsettled": lambda w: w.set(
        Offer,
        {"job": w.pending, "agent": w.ada},
        state="claimed",
        claim=ObjectId(),
        claimed_at=PAST,
        settle_at=utc_now() + LONG_AGO,
    ),
    "claim-unanswered": _lost_claim,
    "offer-of-nothing": lambda w: w.set(Offer, {"job": w.pending, "agent": w.ada}, job=ObjectId()),
    "offer-of-settled-job": lambda w: w.set(Offer, {"job": w.approved, "agent": w.bisi}, state="open"),
    "offer-of-old-round": lambda w: w.set(Offer, {"job": w.released, "agent": w.bisi, "round": 1}, state="open"),
    "held-for-another": lambda w: (
        w.job("pending", held_for=w.ada) and str(w.one(Offer, job=w.pending, agent=w.bisi)["_id"])
    ),
    "offer-to-inactive-agent": lambda w: (
        w.set(Agent, {"_id": w.ada}, status="suspended") and str(w.one(Offer, job=w.pending, agent=w.ada)["_id"])
    ),
    "offer-untold": lambda w: (
        w.set(Message, {"job": w.pending, "agent": w.ada, "kind": "offer"}, "key")
        and str(w.one(Offer, job=w.pending, agent=w.ada)["_id"])
    ),
    "reply-unhandled": lambda w: w.set(Message, _reply(w), unhandled=True, status="received", next_attempt_at=PAST),
    "handling-long-out": lambda w: w.set(
        Message, _reply(w), unhandled=True, status="received", handlings=1, next_attempt_at=PAST
    ),
    "reply-forgotten": lambda w: w.set(Message, _reply(w), status="received"),
    "handled-and-unhandled": lambda w: w.set(Message, _reply(w), unhandled=True, next_attempt_at=PAST),
    "reply-without-effect": lambda w: w.set(Message, _reply(w), "meaning"),
    "message-forgotten": lambda w: w.set(Message, _sent(w), status="queued"),
    "sending-long-out": lambda w: w.set(
        Message, _sent(w), status="sending", attempts=_attempts(w, "sending"), next_attempt_at=PAST
    ),
    "message-overdue": lambda w: w.set(Message, _sent(w), status="queued", next_attempt_at=PAST),
    "message-queued-long": lambda w: w.set(
        Message, _sent(w), status="queued", created_at=PAST, next_attempt_at=utc_now() + LONG_AGO
    ),
    "message-unknown-long": lambda w: w.set(
        Message, _sent(w), status="unknown", attempts=_attempts(w, "unknown"), next_attempt_at=utc_now() + LONG_AGO
    ),
    "message-disagrees-with-attempts": lambda w: w.set(Message, _sent(w), attempts=_attempts(w, "failed")),
    "message-sent-twice": lambda w: w.set(Message, _sent(w), attempts=_attempts(w, "delivered", "accepted")),
    "message-twice": lambda w: _message_twice(w),
    "agent-unfollowed": lambda w: w.set(Agent, {"_id": w.ada}, follow_up_at=PAST),
    "pause-not-ended": lambda w: w.set(Agent, {"_id": w.ada}, paused_until=PAST),
    "index-missing": lambda w: Job.collection().drop_index("code_1") or "jobs.code_1",
    "form-unsaved": lambda w: _on_the_shelf(shelf.RESCUED),
    "form-set-aside": lambda w: _on_the_shelf(shelf.SET_ASIDE),
}


def _on_the_shelf(where: str) -> str:
    kept = shelf.RECEIPTS if where == shelf.RECEIPTS else shelf.RESCUED
    shelf.keep("receipt" if where == shelf.RECEIPTS else "inbound", {}, {}, PAST)
    if where != kept:
        shelf.set_aside(shelf.entries(kept)[0], kept)
    return where


def _code_twice(w: CheckedWorld) -> str:
    Job.collection().drop_index("code_1")
    _copy(Job, w.one(Job, _id=w.pending), request=None)
    return str(w.pending)


def _message_twice(w: CheckedWorld) -> str:
    Message.collection().drop_index("key_1")
    return _copy(Message, w.one(Message, **_sent(w)), twilio_sid=None)


@pytest.fixture
def indexes_again(servers: Servers):
    """Create the index again that a test drops, in an empty collection."""
    yield
    for document in (Job, Message):
        document.collection().delete_many({})
        document.ensure_indexes()


@pytest.mark.parametrize("law", LAWS)
def test_violation_is_listed_under_its_law(world: CheckedWorld, indexes_again: None, law: str) -> None:
    offender = LAWS[law](world)
    assert (law, offender) in offences()


def test_every_law_is_tested_and_explained() -> None:
    code = "".join(
        (ROOT / "dispatch" / name).read_text()
        for name in (
            "rules/operations/job_laws.py",
            "rules/operations/work_laws.py",
            "actions/operations/law_readers.py",
            "actions/operations/law_check.py",
        )
    )
    table = (ROOT / "docs/operations.md").read_text().split("| law |")[1].split("\n\n")[0]
    explained = re.findall(r"`([a-z-]+)`", table)
    of_timers = {f"{kind.name}-missing" for kind in TIMER_KINDS.values() if kind.then}
    assert set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', code)) | of_timers == set(explained) == set(LAWS)
    assert len(explained) == len(set(explained))


def test_agent_who_paused_while_offers_were_written_may_have_no_message_yet(world: CheckedWorld) -> None:
    LAWS["offer-untold"](world)
    world.set(Agent, {"_id": world.ada}, paused_until=utc_now() + LONG_AGO)
    assert offences() == []


def test_alarm_row_that_is_not_posted_is_listed(world: CheckedWorld) -> None:
    alarm_id = Alarm.record_alarm("tier", "tier", "tier_reached", "The limit is reached.", {}, PAST)
    assert offences() == [("alarm-overdue", str(alarm_id))]


def test_unsaved_receipt_is_listed(world: CheckedWorld) -> None:
    key = _on_the_shelf(shelf.RECEIPTS)
    assert offences() == [("form-unsaved", key)]


@pytest.mark.parametrize(
    "law", ["timer-overdue", "reply-unhandled", "claim-unsettled", "agent-unfollowed", "pause-not-ended"]
)
def test_work_younger_than_the_grace_is_not_listed(world: CheckedWorld, law: str) -> None:
    LAWS[law](world)
    assert offences(grace=2 * LONG_AGO.total_seconds()) == []


def test_violation_that_is_gone_at_the_second_read_is_not_listed(
    world: CheckedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reads are not of one moment: a job that was just being followed up is read again."""
    offender, look, looks = LAWS["reminder-missing"](world), law_check.law_readers.at_jobs, []

    def repaired_in_between(ids, before):
        found = look(ids, before)
        if found and not looks:
            Job.collection().update_one({"_id": ObjectId(offender)}, {"$set": {"updated_at": utc_now() + LONG_AGO}})
        looks.append(found)
        return found

    monkeypatch.setattr(law_check.law_readers, "at_jobs", repaired_in_between)
    assert offences() == []
    assert looks[0]


def test_violations_are_printed_one_a_line_with_exit_code_1(world: CheckedWorld, flask: Flask_) -> None:
    offender = LAWS["timer-overdue"](world)
    told = flask("check")
    assert (told.exit_code, told.stdout) == (
        1,
        f"timer-overdue timer {offender} since {PAST.isoformat(timespec='milliseconds')}\n",
    )
    assert told.stderr.startswith("1 violations; read ")


def test_violations_are_printed_as_json(world: CheckedWorld, flask: Flask_) -> None:
    offender = LAWS["timer-overdue"](world)
    told = flask("check", "--json")
    found = json.loads(told.stdout)
    assert told.exit_code == 1
    assert found["violations"] == [
        {"law": "timer-overdue", "kind": "timer", "id": offender, "since": PAST.isoformat(timespec="milliseconds")}
    ]
    assert found["read"]["jobs"] == 7


def test_check_without_violations_prints_nothing_and_changes_nothing(world: CheckedWorld, flask: Flask_) -> None:
    before = [list(document.collection().find()) for document in (Job, Offer, Message, Timer)]
    told = flask("check", "--grace", "0")
    assert (told.exit_code, told.stdout) == (0, "")
    assert [list(document.collection().find()) for document in (Job, Offer, Message, Timer)] == before


def test_command_runs_in_the_project_folder_without_options(world: CheckedWorld) -> None:
    """The command runs as a person types it, in the project's folder."""
    offender = LAWS["timer-overdue"](world)
    told = subprocess.run(
        [sys.executable, "-m", "flask", "check"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (told.returncode, told.stdout.split()[:3]) == (1, ["timer-overdue", "timer", offender]), told.stderr


@pytest.mark.parametrize(
    ("setting", "url", "line"),
    [
        pytest.param(
            "mongodb_uri",
            "mongodb://127.0.0.1:{}/?replicaSet=rs0",
            "Error: MongoDB does not answer, or is not the primary.\n",
            id="MongoDB",
        ),
        pytest.param("redis_url", "redis://127.0.0.1:{}/0", "Error: Redis does not answer.\n", id="Redis"),
    ],
)
def test_store_that_does_not_answer_gives_exit_code_2(
    servers: Servers, flask: Flask_, monkeypatch: pytest.MonkeyPatch, setting: str, url: str, line: str
) -> None:
    nowhere = changed(stores={setting: url.format(embedded.free_port())})
    for module in (stores, redis_client):
        monkeypatch.setattr(module, "settings", lambda: nowhere)
    told = flask("check")
    monkeypatch.undo()
    stores.connect()
    assert (told.exit_code, told.stderr) == (2, line)
