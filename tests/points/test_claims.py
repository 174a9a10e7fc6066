"""The earliest YES wins although its worker is killed; a message that kills every worker delays others only once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

from config.queues import QUEUES
from dispatch.models import Job, Message
from dispatch.rules.timing import RIVAL_BOUND
from tests.points import alone
from tests.points.actions import Task
from tests.points.stage import PointStage
from tests.stories import people
from tests.stories.tasks import perform
from tests.stories.ways import pending
from tests.waiting import until

HANDLE = "workers.inbox.handle"
#: Seconds between two sweeps here; a claim may be settled this much later than the bound.
SWEEP = timedelta(seconds=1)


def test_earliest_yes_wins_wherever_its_worker_is_killed(stage: PointStage) -> None:
    """Ada replies first; her worker is killed at each of its effects. The workers of Bisi and Chidi continue."""
    chidi = stage.hires("Chidi")
    job = pending(stage, stage.ada)
    stage.holds().says(stage.ada, "YES")
    hers = stage.hint(HANDLE)
    for other in (stage.bisi, chidi):
        stage.says(other, "YES")
    scenery, saved_at = stage.scenery(), stage.clock.now()
    effects = alone.done(partial(hers.run, stage.api)).effects
    assert len(effects) > 3
    for effect in range(1, len(effects) + 2):
        stage.set(scenery)
        stage.clock.set_to(saved_at)  # the earlier rounds took real time; a claim waits for a rival only for 15 s
        alone.killed(partial(hers.run, stage.api), effect)
        stage.clock.set_to(saved_at)
        stage.tasks.run(*QUEUES)  # handles the other agents' messages and claims
        for _ in range(20):
            _a_second_passes(stage)
        assert Job.get(job["id"]).agent == _id_of(stage.ada), f"killed at {effect}"
        assert [stage.told(who)[-1] for who in (stage.ada, stage.bisi, chidi)] == ["assigned", "taken", "taken"]
        assert "overtaken" not in stage.timeline(job)


def test_message_that_kills_every_worker_delays_other_claims_once_by_the_bound(stage: PointStage) -> None:
    first, second = pending(stage, stage.ada), pending(stage, stage.ada, "4d")
    stage.holds().says(stage.ada, f"YES {first['code']}")
    poison = stage.hint(HANDLE)
    stage.says(stage.bisi, f"YES {first['code']}")
    with _killing(stage, poison) as kills:
        stage.tasks.run(*QUEUES)
        assert _seconds_until_taken(stage, first) <= (RIVAL_BOUND + SWEEP).total_seconds()
        assert "overtaken" in stage.timeline(first)
        assert len(kills) > 1
        before = len(kills)
        until(lambda: _a_second_passes(stage) or len(kills) > before, every=0)  # its lease has just started again
        stage.says(stage.bisi, f"YES {second['code']}")
        stage.tasks.run(*QUEUES)
        assert Message.get(poison.args[0]).unhandled
        assert _seconds_until_taken(stage, second) <= 1
    for job in (first, second):
        assert Job.get(job["id"]).agent == _id_of(stage.bisi)
    for _ in range(30):
        _a_second_passes(stage)


def _id_of(who: people.Person) -> Any:
    """Return an agent's id in the database."""
    return Message.objects(phone=who.phone, agent__ne=None).first().agent


@contextmanager
def _killing(stage: PointStage, poison: Task) -> Iterator[list[str]]:
    """Kill each handling of this message before its second effect. Yield a list with one entry for each kill."""
    kills: list[str] = [HANDLE]
    alone.killed(partial(poison.run, stage.api), 2)

    def deadly(name: str, arguments: list[Any]) -> None:
        if (name, tuple(arguments)) != (poison.name, poison.args):
            perform(name, arguments)
        elif alone.killed(partial(poison.run, stage.api), 2):
            kills.append(name)

    with mock.patch("tests.stories.tasks.perform", deadly):
        yield kills


def _seconds_until_taken(stage: PointStage, job: people.Job) -> int:
    for seconds in range(60):
        if Job.get(job["id"]).agent:
            return seconds
        _a_second_passes(stage)
    raise AssertionError("the job was not assigned in time")


def _a_second_passes(stage: PointStage) -> None:
    stage.tasks.fetch()
    stage.clock.turn_to(stage.clock.now() + SWEEP)
    stage.tasks.beat("workers.sweeps.sweep")
    stage.tasks.run(*QUEUES)
