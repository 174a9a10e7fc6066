"""Pacing: one pace over all threads and processes, replies before bulk, also when Redis is emptied."""

import itertools
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch import redis_client
from dispatch.actions.outbox.batches import AHEAD
from dispatch.channels.whatsapp import pacing
from dispatch.rules.outbox.states import Lane
from tests.bodies import SENDER
from tests.pretending import set_pace

pytestmark = pytest.mark.usefixtures("stores_clean")
KEY = "dispatch:pace:test"

#: A sending process: reserves slots in several threads, and prints the time of each slot by the host's clock.
PROCESS = """
import time
from concurrent.futures import ThreadPoolExecutor
from dispatch.channels.whatsapp import pacing

def reserve(_):
    wait, _ = pacing.slots({{"dispatch:pace:test": {rate}}}, 1, 1e9)
    return time.time() + wait

input()  # both processes begin together
with ThreadPoolExecutor(8) as threads:
    print(*threads.map(reserve, range({count})))
"""


def wait_for_slot(lane):
    """Reserve the next slot and wait for it, as a sending task does."""
    while not (taken := pacing.reserve(lane, SENDER, 1, AHEAD)):
        time.sleep(pacing.free_slots(lane, SENDER, 1, AHEAD)[1])
    time.sleep(taken[0])


def reserve(rate):
    """Reserve the next slot of a pace. Return the seconds until the slot."""
    return pacing.slots({KEY: rate}, 1, 1e9)[0]


def most_in_a_second(moments):
    """Return the largest number of moments within one second."""
    ordered = sorted(moments)
    return max(sum(1 for other in ordered[i:] if other - moment < 1) for i, moment in enumerate(ordered))


def test_slots_of_threads_and_two_processes_keep_one_pace():
    rate, count = 100, 200
    command = [sys.executable, "-c", PROCESS.format(rate=rate, count=count)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    senders = [subprocess.Popen(command, **pipes) for _ in range(2)]
    for sender in senders:
        sender.stdin.write("\n")
        sender.stdin.flush()
    printed = [sender.communicate(timeout=30)[0] for sender in senders]
    slots = [float(slot) for line in printed for slot in line.split()]
    assert len(slots) == 2 * count
    # Seen from here, a slot is late by the duration of the answer. At these rates a few slots move into another second.
    assert most_in_a_second(slots) <= 1.1 * (rate + pacing.BURST)
    assert max(slots) - min(slots) >= (2 * count - pacing.BURST) / rate * 0.9


def test_slots_are_evenly_spaced_after_the_burst():
    waits = [reserve(1) for _ in range(30)]
    assert waits[: pacing.BURST] == [0] * pacing.BURST
    gaps = [later - earlier for earlier, later in itertools.pairwise(waits[pacing.BURST + 3 :])]
    assert 0.5 < min(gaps) <= max(gaps) <= 1


def test_no_message_goes_before_its_slot(monkeypatch):
    rate = 200
    set_pace(monkeypatch, rate)
    with ThreadPoolExecutor(25) as threads:
        start = time.monotonic()
        list(threads.map(lambda _: wait_for_slot(Lane.REPLIES), range(150)))
        took = time.monotonic() - start
    assert took >= (150 - pacing.BURST - 1) / rate


def test_bulk_has_nine_tenths_of_the_pace(monkeypatch):
    rate = 200
    set_pace(monkeypatch, rate)
    with ThreadPoolExecutor(25) as threads:
        start = time.monotonic()
        list(threads.map(lambda _: wait_for_slot(Lane.BULK), range(150)))
        took = time.monotonic() - start
    assert took >= (150 - pacing.BURST - 1) / (rate * pacing.BULK_SHARE)


def test_a_reply_does_not_wait_behind_a_hundred_in_bulk(monkeypatch):
    set_pace(monkeypatch, 100)

    def waited(lane):
        start = time.monotonic()
        wait_for_slot(lane)
        return time.monotonic() - start

    with ThreadPoolExecutor(100) as threads:
        bulk = [threads.submit(waited, Lane.BULK) for _ in range(100)]
        replies = [waited(Lane.REPLIES) for _ in range(3)]
        longest = max(each.result() for each in bulk)
    assert sorted(replies)[1] < longest / 4


def test_an_emptied_redis_starts_a_new_pace(monkeypatch):
    set_pace(monkeypatch, 100)
    let_go, lock = [], threading.Lock()

    def send(_):
        wait_for_slot(Lane.BULK)
        with lock:
            let_go.append(time.monotonic())

    with ThreadPoolExecutor(10) as threads:
        sending = [threads.submit(send, n) for n in range(120)]
        sending[40].result()
        redis_client.client().flushall()
        redis_client.client().script_flush()
        for each in sending:
            each.result()
    assert len(let_go) == 120
    # Reserved slots stay valid; one more burst may go beside them.
    assert most_in_a_second(let_go) <= 1.25 * (100 + 2 * pacing.BURST + 10)


def test_the_key_of_a_pace_expires_only_after_its_last_slot():
    for _ in range(100):
        wait = reserve(1)
    assert wait > 85
    assert redis_client.client().ttl(KEY) > wait
