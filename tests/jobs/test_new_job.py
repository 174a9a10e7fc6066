"""New jobs: a free code for every job, also if all short codes are in use; one job for one request."""

import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pymongo
import pytest
from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import monitoring

from dispatch import redis_client, stores
from dispatch.actions.jobs import new_job
from dispatch.models import Job
from dispatch.models.base.record import utc_now
from dispatch.models.job import job as job_model
from dispatch.rules.jobs import codes
from dispatch.rules.jobs.states import OPEN, JobState
from tests.builders import a_job, a_job_body
from tests.conftest import Servers

ENDED = sorted(set(JobState) - set(OPEN))
EVERY_SHORT_CODE = [
    "".join(signs)
    for signs in itertools.product(codes.LETTERS, codes.DIGITS, codes.LETTERS, codes.LETTERS + codes.DIGITS)
]


@pytest.fixture
def one_code_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the draw return only one code of each length."""
    monkeypatch.setattr(new_job, "_below", lambda size: 0)


def stands(job: Job, state: JobState, last_touched: timedelta) -> None:
    """Set a job's state and the time of its last change."""
    touched = {"status": state, "updated_at": utc_now() - last_touched}
    Job.collection().update_one({"_id": job.id}, {"$set": touched})


def test_code_is_longer_when_the_short_ones_are_in_use(stores_clean: Servers, one_code_a_length: None) -> None:
    assert [a_job().code for _ in range(3)] == ["C2CC", "C2CCC", "C2CCCC"]
    with pytest.raises(RuntimeError, match="no free code"):
        a_job()
    assert Job.objects.count() == 3


@pytest.mark.parametrize(
    ("state", "days", "free"),
    [
        *(pytest.param(state, 29.9, False, id=f"{state} lately") for state in ENDED),
        *(pytest.param(state, 30.1, True, id=f"{state} long ago") for state in ENDED),
        *(pytest.param(state, 400, False, id=f"{state} for a year") for state in OPEN),
    ],
)
def test_code_of_an_ended_job_is_not_used_again_within_the_rest_period(
    stores_clean: Servers, one_code_a_length: None, state: JobState, days: float, free: bool
) -> None:
    first = a_job()
    stands(first, state, timedelta(days=days))
    assert (a_job().code == first.code) is free


def test_code_that_another_job_took_a_moment_ago_is_not_used(
    stores_clean: Servers, one_code_a_length: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unique index decides, even if the code was free when it was drawn."""
    monkeypatch.setattr(new_job, "_free_codes", lambda now: codes.draw(new_job._below))
    assert [a_job().code for _ in range(3)] == ["C2CC", "C2CCC", "C2CCCC"]


def test_jobs_opened_at_once_get_different_codes(stores_clean: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_job, "_below", lambda size: random.randrange(2))
    with ThreadPoolExecutor(20) as platforms:
        made = list(platforms.map(lambda _: a_job(), range(40)))
    assert len({job.code for job in made}) == 40


class Commands(monitoring.CommandListener):
    """Counts the commands about jobs."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if "jobs" in (event.command.get("find"), event.command.get("insert")):
            self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


@pytest.fixture
def short_codes_taken(stores_clean: Servers) -> Iterator[None]:
    """Every code of four characters is in use: half by open jobs, half by jobs that ended this month."""
    now = utc_now()
    jobs = (
        {"code": code, "status": "pending" if n % 2 else "completed", "client_id": str(n), "updated_at": now}
        for n, code in enumerate(EVERY_SHORT_CODE)
    )
    with pymongo.timeout(60):
        Job.collection().insert_many(jobs)
    yield
    with pymongo.timeout(60):
        Job.collection().delete_many({})


def test_opening_costs_the_same_when_every_short_code_is_in_use(short_codes_taken: None) -> None:
    assert Job.objects.count() == 49_152
    commands = Commands()
    stores.connect(listeners=[commands])
    try:
        made = [a_job() for _ in range(20)]
    finally:
        stores.connect()
    assert {len(job.code) for job in made} == {5}
    # Besides the search for codes, each one searches for the agent of the client.
    assert commands.names.count("insert") == 20
    assert commands.names.count("find") <= 40


def test_search_for_codes_reads_few_documents(stores_clean: Servers) -> None:
    """It reads neither a code's long history nor other jobs that changed lately."""
    now = utc_now()
    Job.collection().insert_many(
        {"code": code, "status": "completed", "client_id": str(n), "updated_at": now - timedelta(days=days)}
        for n in range(500)
        for code, days in (("C2CC", 300), ("M4T9", 1))
    )
    plan = Job.collection().find(job_model._changed_since(["C2CC"], now - codes.REST)).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    assert plan["executionStats"]["totalDocsExamined"] == 0


def test_repeated_request_opens_one_job(stores_clean: Servers) -> None:
    now, request = utc_now(), ObjectId()
    details = {"timezone": "Africa/Lagos", **a_job_body(), "starts_at": now + timedelta(days=2)}
    with ThreadPoolExecutor(10) as runs:
        made = {job.id for job in runs.map(lambda _: new_job.open_job(details, now, request), range(10))}
    assert made == {job.id for job in Job.objects}
    assert len(made) == 1
    assert redis_client.client().llen("broadcasting") == 10  # each run enqueues: the run before may have died too early
    assert {new_job.open_job(details, now, ObjectId()).id, new_job.open_job(details, now).id}.isdisjoint(made)
    assert Job.objects.count() == 3


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.sampled_from([-1, 0, 10, 29, 31, 60]), max_size=25))
def test_no_two_jobs_have_the_same_code(servers: Servers, chance: random.Random, fates: list[int]) -> None:
    """With few codes to draw from, a code is never used by two open jobs, nor within thirty days of a job's end."""
    Job.collection().delete_many({})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(new_job, "_below", lambda size: chance.randrange(2))
        for days in fates:  # a new job either stays open or has ended so many days ago
            resting = {job.code for job in Job.objects if _is_held(job)}
            job = a_job()
            assert job.code not in resting
            if days >= 0:
                stands(job, chance.choice(ENDED), timedelta(days=days))
    Job.collection().delete_many({})


def _is_held(job: Job) -> bool:
    return job.state in OPEN or job.updated_at > utc_now() - codes.REST
