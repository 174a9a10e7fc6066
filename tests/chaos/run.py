"""One run: starts a desk and simulated people, injects faults, waits for rest, returns the record."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis
from pymongo import MongoClient

from sandbox.twilio.ledger import OUTBOUND
from tests.chaos import record
from tests.chaos.desk import SHELVES, ChaosDesk
from tests.chaos.people import Cast
from tests.chaos.record import Record
from tests.chaos.schedule import CHILDREN, Break, Schedule
from tests.live.desk import ROOT

#: Redis list of webhook forms that could not be saved.
SET_ASIDE = "dispatch:rescued:set_aside"
#: Seconds that the desk has to finish its work after the last fault.
REST_WITHIN = 120
Report = Callable[[str], None]


def play(schedule: Schedule, directory: Path, report: Report) -> Record:
    """Run a schedule; return its record, also if the desk has not finished its work: the checks count that."""
    desk = ChaosDesk(directory)
    try:
        desk.start()
        cast = Cast(desk, schedule)
        cast.begin()
        _break_things(desk, schedule, report)
        seen = _come_to_rest(desk, cast, report)
        desk.keepers["beat"].end(signal.SIGTERM, 10)
        return _record(desk, cast, seen)
    finally:
        desk.stop_all()


def _break_things(desk: ChaosDesk, schedule: Schedule, report: Report) -> None:
    began = time.monotonic()
    hands = []
    for each in schedule.breaks:
        time.sleep(max(0.0, began + each.at - time.monotonic()))
        report(
            f"{time.monotonic() - began:6.1f} s  {each.how} {each.what}"
            + (f" {each.seconds} s" if each.seconds else "")
        )
        hand = threading.Thread(target=_break, args=(desk, each, report), daemon=True)
        hand.start()
        hands.append(hand)
    time.sleep(max(0.0, began + schedule.seconds - time.monotonic()))
    for hand in hands:
        hand.join(60)


def _break(desk: ChaosDesk, each: Break, report: Report) -> None:
    acts: dict[str, Callable[[], None]] = {
        "kill": lambda: desk.kill_main(each.what),
        "kill child": lambda: desk.kill_child(each.what),
        "stop": lambda: desk.stop_one(each.what),
        "freeze": lambda: desk.freeze(each.what, each.seconds),
        "empty": desk.empty_redis,
    }
    try:
        acts[each.how]()
    except (AssertionError, OSError, redis.RedisError) as error:
        report(f"          {each.how} {each.what} failed: {error!r}"[:200])


def _come_to_rest(desk: ChaosDesk, cast: Cast, report: Report) -> datetime:
    """End all faults; wait until people and desk have no work left. Return the time."""
    cast.fall_silent()
    desk.twilio.faults.clear()
    for name, keeper in desk.keepers.items():
        assert keeper.up.wait(60), f"{name} does not start again"
    report("the schedule is over; waiting until no work is left")
    deadline = time.monotonic() + REST_WITHIN
    while not cast.is_idle and time.monotonic() < deadline:
        time.sleep(0.1)
    cast.end()
    desk.twilio.faults.clear()
    while (left := unrest(desk)) and time.monotonic() < deadline:
        time.sleep(0.5)
    if left:
        report(f"work left after {REST_WITHIN} s: {left}")
    return datetime.now(UTC)


def unrest(desk: ChaosDesk) -> dict[str, int]:
    """Return the number of unfinished pieces of work by kind, without timers that are not due."""
    now = datetime.now(UTC)
    with MongoClient[Any](desk.environment["MONGODB_URI"]) as client:
        database = client[desk.environment["MONGODB_DB_NAME"]]
        counts = {
            "unhandled": database.messages.count_documents({"unhandled": True}),
            "to send": database.messages.count_documents(
                {"direction": "outbound", "next_attempt_at": {"$exists": True}}
            ),
            "claims": database.offers.count_documents({"state": "claimed"}),
            "events": database.jobs.count_documents({"unfollowed.0": {"$exists": True}}),
            "agents": database.agents.count_documents({"follow_up_at": {"$exists": True}}),
            "timers": database.timers.count_documents({"due_at": {"$lte": now}, "fired_at": None}),
        }
    counts["receipts"] = len(desk.twilio._exchange.later._due)
    return {name: count for name, count in counts.items() if count}


def _record(desk: ChaosDesk, cast: Cast, ended_at: datetime) -> Record:
    """Run `flask check`, stop the processes, and read the final data."""
    unlawful = _check_laws(desk)
    for name in CHILDREN:
        desk.keepers[name].end(signal.SIGTERM, 20)
    with redis.Redis.from_url(desk.environment["REDIS_URL"]) as client:
        rescued = sum(client.llen(shelf) for shelf in (*SHELVES, SET_ASIDE))
    return record.load(
        desk.environment["MONGODB_URI"],
        desk.environment["MONGODB_DB_NAME"],
        ended_at,
        delivered=[each for each in desk.twilio._exchange.ledger.outbound() if each.direction == OUTBOUND],
        spoken=list(cast.spoken),
        posted=list(cast.posted.values()),
        outages=list(desk.outages.all),
        rescued=rescued,
        unlawful=unlawful,
        refused=list(cast.refused),
        deaths={name: keeper.deaths for name, keeper in desk.keepers.items()},
    )


def _check_laws(desk: ChaosDesk) -> list[dict[str, str]]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "check", "--json", "--grace", "10"]
    checked = subprocess.run(command, cwd=ROOT, env=desk.environment, capture_output=True, text=True, timeout=120)
    assert checked.returncode in (0, 1), checked.stderr
    return list(json.loads(checked.stdout)["violations"])
