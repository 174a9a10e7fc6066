"""A job's life: platform, agents, clients, clock and workers in any order, with duplicates and lost hints.

The short run is part of `make test` and always the same. A long one, other each time:
`LIVES=2000 LIFE_STEPS=60 .venv/bin/python -m pytest tests/lifetime`.
"""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dispatch import redis_client, stores
from dispatch.models import DOCUMENTS
from sandbox.twilio import PretendTwilio
from sandbox.twilio.faults import EVERY_PHONE, FaultKind
from tests import oracle
from tests.faults.interleaving import Intruder
from tests.lifetime import rest
from tests.lifetime.desk import QUIET, STAGES, LifetimeDesk

LIVES, STEPS = int(os.environ.get("LIVES", "30")), int(os.environ.get("LIFE_STEPS", "30"))
MOST_JOBS = 3

a_job = st.integers(0, MOST_JOBS - 1)
an_agent = st.integers(0, 3)
a_client = st.integers(0, 1)
ahead = st.sampled_from(["3d", "3h", "1d", "40m"])
stages = st.sampled_from(sorted(STAGES))
words = st.sampled_from(
    [
        "YES",
        "YES",
        "CONFIRM",
        "NO",
        "RELEASE",
        "ok",
        "BEGIN",
        "COMPLETE",
        "STOP",
        "START",
        "PAUSE",
        "PAUSE 2H",
        "RESUME",
        "HELP",
        "What?",
    ]
)
owners_words = st.sampled_from(["CONFIRM", "CONFIRM", "RELEASE", "BEGIN", "COMPLETE", "YES", "NO"])
naming = st.sampled_from(["nothing", "code", "code", "first", "last", "button"])
deeds = st.sampled_from(["approve_schedule", "complete_inspection", "cancel", "release", "delete"])
minutes = st.sampled_from([0.02, 0.2, 1, 6, 31, 125])
then = st.sampled_from(["work", "", "beat", ""])
TROUBLE = (FaultKind.TOO_MANY, FaultKind.SERVER_ERROR, FaultKind.CUT, FaultKind.CUT_ACCEPTED)
#: Steps that may come between two commands of a task.
INTRUSIONS: dict[str, Callable[[LifetimeDesk, int], object]] = {
    "cancel": lambda desk, n: desk.does("cancel", n),
    "release": lambda desk, n: desk.does("release", n),
    "approve": lambda desk, n: desk.does("approve_schedule", n),
    "move": lambda desk, n: desk.moves(n, "3h", elsewhere=False),
    "suspend": lambda desk, n: desk.puts_agent(n, "suspended"),
    "activate": lambda desk, n: desk.puts_agent(n, "active"),
    "answer": lambda desk, n: desk.answers(n),
    "client": lambda desk, n: desk.puts_client(n, "phone"),
    **{room: lambda desk, n, room=room: desk.work([room], n + 1) for room in QUIET},
}


class Life(RuleBasedStateMachine):
    """The steps of a life. Each may come between any two others."""

    api: FlaskClient
    twilio: PretendTwilio
    intruder: Intruder

    def __init__(self) -> None:
        super().__init__()
        for document in DOCUMENTS:
            document.collection().delete_many({})
        redis_client.client().flushdb()
        self.twilio.clear()
        self.twilio.faults.set(EVERY_PHONE, FaultKind.NO_RECEIPTS)
        self.desk = LifetimeDesk(self.api, self.twilio, self.intruder)

    @initialize(agents=st.integers(1, 3), client=a_client, starts_in=ahead, stage=stages)
    def begins(self, agents: int, client: int, starts_in: str, stage: str) -> None:
        for _ in range(agents):
            self.desk.hires()
        self.desk.asks(client, starts_in, stage)

    @precondition(lambda self: len(self.desk.jobs) < MOST_JOBS)
    @rule(client=a_client, starts_in=ahead, stage=stages)
    def platform_asks(self, client: int, starts_in: str, stage: str) -> None:
        self.desk.asks(client, starts_in, stage)

    @rule(job=a_job, starts_in=ahead, elsewhere=st.booleans(), then=then)
    def platform_moves(self, job: int, starts_in: str, elsewhere: bool, then: str) -> None:
        self.desk.moves(job, starts_in, elsewhere)
        self.desk.goes_on(then)

    @rule(job=a_job, notes=st.sampled_from(["Gate 1", "Gate 2"]), then=then)
    def platform_changes(self, job: int, notes: str, then: str) -> None:
        self._twice(job, lambda: self.desk.puts(job, {"notes": notes}))
        self.desk.goes_on(then)

    @rule(job=a_job, what=deeds, then=then)
    def platform_does(self, job: int, what: str, then: str) -> None:
        self._twice(job, lambda: self.desk.does(what, job))
        self.desk.goes_on(then)

    @rule(client=a_client, change=st.sampled_from(["name", "phone"]), then=then)
    def platform_changes_client(self, client: int, change: str, then: str) -> None:
        self.desk.puts_client(client, change)
        self.desk.goes_on(then)

    @rule(agent=an_agent, status=st.sampled_from(["active", "active", "inactive", "suspended", "gone"]), then=then)
    def platform_changes_agent(self, agent: int, status: str, then: str) -> None:
        if status == "gone":
            self.desk.lets_go(agent)
        else:
            self.desk.puts_agent(agent, status)
        self.desk.goes_on(then)

    @precondition(lambda self: len(self.desk.agents) < 4)
    @rule(then=then)
    def platform_hires(self, then: str) -> None:
        self.desk.hires()
        self.desk.goes_on(then)

    @rule(agent=an_agent, word=words, naming=naming, job=a_job, then=then)
    def agent_writes(self, agent: int, word: str, naming: str, job: int, then: str) -> None:
        self.desk.says(agent, word, naming, job)
        self.desk.goes_on(then)

    @rule(agent=an_agent, then=then)
    def agent_answers(self, agent: int, then: str) -> None:
        self.desk.answers(agent)
        self.desk.goes_on(then)

    @rule(job=a_job, then=then)
    def somebody_takes_it(self, job: int, then: str) -> None:
        self.desk.somebody_takes(job)
        self.desk.goes_on(then)

    @rule(job=a_job, word=owners_words, then=then)
    def owner_writes(self, job: int, word: str, then: str) -> None:
        self.desk.owner_says(job, word)
        self.desk.goes_on(then)

    @rule(client=a_client, word=st.sampled_from(["YES", "STOP", "START", "Hello"]), then=then)
    def client_writes(self, client: int, word: str, then: str) -> None:
        self.desk.writes(self.desk.clients[client]["phone"], word)
        self.desk.goes_on(then)

    @rule(n=st.integers(0, 9), then=then)
    def twilio_repeats(self, n: int, then: str) -> None:
        self.desk.twilio_repeats(n)
        self.desk.goes_on(then)

    @rule(minutes=minutes, then=then)
    def time_passes(self, minutes: float, then: str) -> None:
        self.desk.grow_older(timedelta(minutes=minutes))
        self.desk.goes_on(then)

    @rule(then=then)
    def the_next_timer_falls_due(self, then: str) -> None:
        self.desk.grow_older(self.desk.until_next_timer())
        self.desk.goes_on(then)

    @rule(rooms=st.sampled_from([(), ("notifications",), *((room,) for room in QUIET)]), most=st.integers(1, 5))
    def desk_works(self, rooms: tuple[str, ...], most: int) -> None:
        self.desk.work(rooms, most)

    @rule(n=st.integers(0, 3), command=st.integers(1, 25), what=st.sampled_from(sorted(INTRUSIONS)), whose=a_job)
    def something_happens_amid_a_task(self, n: int, command: int, what: str, whose: int) -> None:
        self.desk.amid(n, command, lambda: INTRUSIONS[what](self.desk, whose))

    @rule(n=st.integers(0, 3), command=st.integers(1, 25))
    def a_worker_dies(self, n: int, command: int) -> None:
        self.desk.dies(n, command)

    @rule(n=st.integers(0, 5), fault=st.sampled_from(TROUBLE))
    def twilio_is_in_trouble(self, n: int, fault: FaultKind) -> None:
        people = [*self.desk.agents, *self.desk.clients]
        self.twilio.faults.set(people[n % len(people)]["phone"], fault, count=1)

    @rule(n=st.integers(0, 3))
    def a_task_is_delivered_twice(self, n: int) -> None:
        if ripe := self.desk.hints.ripe():
            self.desk.run(ripe[n % len(ripe)])

    @rule()
    def hints_are_lost(self) -> None:
        self.desk.hints.lose()

    @rule()
    def beat_beats(self) -> None:
        self.desk.beat()

    @rule()
    def all_is_worked_off(self) -> None:
        self.desk.work_off()
        _hold(rest.broken(self.desk.suspended))

    def _twice(self, job: int, call: Callable[[], object]) -> None:
        call()
        before = self.desk.job(job).version
        call()
        assert self.desk.job(job).version == before, "a repeated call is not harmless"

    @invariant()
    def laws_hold(self) -> None:
        _hold(oracle.broken(self.twilio))

    def teardown(self) -> None:
        if sys.exc_info()[0]:  # this life has failed already
            return
        self.desk.work_off()
        _hold(oracle.broken(self.twilio) + rest.broken(self.desk.suspended))


def _hold(broken: list[str]) -> None:
    if broken:
        raise AssertionError("\n".join(broken))


@pytest.fixture
def life(api: FlaskClient, twilio: PretendTwilio) -> Iterator[type[Life]]:
    """The machine, over the real stores."""
    intruder = Intruder()
    stores.connect(listeners=[intruder])
    stores.prepare()
    yield type("Life", (Life,), {"api": api, "twilio": twilio, "intruder": intruder})
    stores.connect()


def test_a_jobs_life_keeps_its_promises(life: type[Life]) -> None:
    short = "LIVES" not in os.environ
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=short,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            phases=[Phase.generate] if "LIFE_NOSHRINK" in os.environ else list(Phase),
        ),
    )
