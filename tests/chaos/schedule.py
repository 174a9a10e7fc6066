"""The schedule of a run, drawn from a seed: replies of agents, requests of the platform, faults.

Agents react to messages on their phones, so replies are planned relative to the message: seconds after it arrives.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

from config.queues import WORKERS
from sandbox.twilio import FaultKind

#: Processes that have children; the main process or one child is killed.
CHILDREN = ("web", *WORKERS)
MAINS = (*CHILDREN, "beat")
STORES = ("mongodb", "redis")
#: Processes and stores that are frozen for some seconds.
FROZEN = (*STORES, "web", "core", "clock", "replies")


@dataclass(frozen=True)
class Word:
    """A reply, `after` seconds after the message that it reacts to. {code} is the job's code."""

    after: float
    text: str


@dataclass(frozen=True)
class Owner:
    """The replies of a job's owner: to "is yours", to "is confirmed", to a move, and to questions."""

    when_won: Word | None
    when_approved: tuple[Word, ...]
    when_moved: Word | None
    when_asked: Word | None


@dataclass(frozen=True)
class Request:
    """A request of the platform for a job, `after` seconds after the job's POST was acknowledged."""

    after: float
    what: str


@dataclass(frozen=True)
class JobPlan:
    """One job: time of its POST, start, client, replies of each agent, requests of the platform.

    `hasty`: the platform does not wait for the answer to its POST, and repeats it under the same key.
    """

    number: int
    at: float
    starts_in_minutes: int
    client: int
    hasty: bool
    answers: tuple[tuple[int, Word], ...]
    owners: tuple[Owner, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Fault:
    """A fault of the pretend Twilio for the next `count` messages of one agent, or of all."""

    at: float
    kind: FaultKind
    agent: int | None
    count: int
    seconds: float


@dataclass(frozen=True)
class Break:
    """A fault of the desk: a process is killed, its child is killed, or it is stopped, frozen or emptied."""

    at: float
    how: str
    what: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """The plan of one run."""

    seed: int
    seconds: float
    agents: int
    jobs: tuple[JobPlan, ...]
    faults: tuple[Fault, ...]
    breaks: tuple[Break, ...]

    def lines(self) -> Iterator[str]:
        """Yield the schedule's entries, one line each."""
        for each in (*self.jobs, *self.faults, *self.breaks):
            yield repr(each)

    def digest(self) -> str:
        """Return a short hash of the schedule."""
        return hashlib.sha256("\n".join(self.lines()).encode()).hexdigest()[:12]


_ANSWERS = {
    "yes {code}": 40,
    "YES": 8,
    "Yes please {code}": 12,
    "👍": 5,
    "no {code}": 12,
    "{code}": 2,
    "ok": 3,
    "help": 2,
    "maybe tomorrow?": 3,
    "I'll take it {code}": 6,
    "can't make it {code}": 3,
    "confirm {code}": 2,
    "complete": 2,
}
_FAULTS = {
    FaultKind.LATENCY: 5,
    FaultKind.TOO_MANY: 4,
    FaultKind.SERVER_ERROR: 3,
    FaultKind.SERVER_ERROR_ACCEPTED: 3,
    FaultKind.CUT: 3,
    FaultKind.CUT_ACCEPTED: 3,
    FaultKind.HANG: 1,
    FaultKind.HANG_ACCEPTED: 1,
    FaultKind.DOUBLE_RECEIPTS: 6,
    FaultKind.REVERSED_RECEIPTS: 6,
    FaultKind.NO_RECEIPTS: 3,
    FaultKind.LOOKUP_500: 2,
    FaultKind.DOUBLE_INBOUND: 8,
    FaultKind.LATE_INBOUND: 6,
}


def draw(seed: int, *, jobs: int, replies: int, kills: int, seconds: float, agents: int = 5) -> Schedule:
    """Return a random schedule. The same arguments give the same schedule.

    `kills` processes are killed; about half as many other things go wrong beside: freezes, stops, emptied brokers.
    """
    dice = random.Random(seed)
    each = -(-replies // jobs)
    posted = sorted(dice.uniform(0, seconds * 0.85) for _ in range(jobs))
    return Schedule(
        seed,
        seconds,
        agents,
        tuple(_job(dice, n, at, each, agents, min(30, seconds * 0.2)) for n, at in enumerate(posted)),
        tuple(sorted((_fault(dice, seconds, agents) for _ in range(2 * jobs)), key=lambda fault: fault.at)),
        tuple(_breaks(dice, kills, seconds)),
    )


def _job(dice: random.Random, number: int, at: float, replies: int, agents: int, patience: float) -> JobPlan:
    soon = dice.random() < 0.8  # avoids hundreds of open offers
    client = dice.randrange(number) if number and dice.random() < 0.06 else number  # a known client: a hold
    answers = [(agent, _answer(dice, patience)) for agent in range(agents)][:replies]
    answers += [(dice.randrange(agents), _answer(dice, patience)) for _ in range(replies - len(answers))]
    return JobPlan(
        number,
        at,
        dice.randint(2, 6) if soon else dice.randint(60, 3000),
        client,
        dice.random() < 0.2,
        tuple(answers),
        tuple(_owner(dice) for _ in range(3)),
        tuple(_requests(dice)),
    )


def _answer(dice: random.Random, patience: float) -> Word:
    """Return a random reply: many come at the same moment, some late."""
    after = dice.choice([0.5, 1.0, 1.0, dice.uniform(0.2, 4), dice.uniform(2, patience)])
    return Word(after, dice.choices([*_ANSWERS], [*_ANSWERS.values()])[0])


def _owner(dice: random.Random) -> Owner:
    chance = dice.random()
    won = Word(dice.uniform(0.3, 8), "confirm {code}" if chance < 0.8 else "can't make it {code}")
    steps = dice.choice([(), ("begin {code}", "complete {code}"), ("complete {code}",), ("can't make it {code}",)])
    return Owner(
        None if chance > 0.93 else won,
        tuple(Word(dice.uniform(0.5, 10) + 10 * n, text) for n, text in enumerate(steps)),
        Word(dice.uniform(0.5, 6), "confirm {code}" if dice.random() < 0.8 else "release {code}"),
        Word(dice.uniform(0.5, 6), "{code}") if dice.random() < 0.8 else None,
    )


def _requests(dice: random.Random) -> Iterator[Request]:
    for what, share in (("move", 0.1), ("cancel", 0.07), ("release", 0.05), ("change", 0.05), ("delete", 0.02)):
        if dice.random() < share:
            yield Request(dice.uniform(0.5, 40), what)


def _fault(dice: random.Random, seconds: float, agents: int) -> Fault:
    (kind,) = dice.choices([*_FAULTS], [*_FAULTS.values()])
    agent = dice.randrange(agents) if dice.random() < 0.3 else None
    return Fault(dice.uniform(0, seconds), kind, agent, dice.randint(1, 3), round(dice.uniform(0.1, 3), 2))


def _breaks(dice: random.Random, kills: int, seconds: float) -> list[Break]:
    """Return the faults, in random order and evenly spread. Each process is killed equally often."""
    deadly = [("kill", name) for name in (*MAINS, *STORES)] + [("kill child", name) for name in CHILDREN]
    dice.shuffle(deadly)
    planned = [deadly[n % len(deadly)] for n in range(kills)]
    planned += [("freeze", name) for name in _some(dice, FROZEN, kills / 5)]
    planned += [("stop", name) for name in _some(dice, (*MAINS, *STORES), kills / 6)]
    planned += [("empty", "redis")] * max(1, kills // 6)
    dice.shuffle(planned)
    step = seconds * 0.9 / len(planned)
    moments = [(n + 0.2 + 0.6 * dice.random()) * step for n in range(len(planned))]
    return [
        Break(at, how, what, round(dice.uniform(2, 7), 1) if how == "freeze" else 0.0)
        for at, (how, what) in zip(moments, planned, strict=True)
    ]


def _some(dice: random.Random, names: tuple[str, ...], share: float) -> list[str]:
    mixed = dice.sample(names, len(names))
    return [mixed[n % len(mixed)] for n in range(max(1, round(share)))]
