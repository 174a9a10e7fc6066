"""A job offered to many moves and is then held for one agent: the others know its old time, and are answered."""

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME
from tests.stories.people import Job, Person
from tests.stories.ways import assigned, pending


@pytest.fixture
def job(desk: StoryDesk, ada: Person, bisi: Person) -> Job:
    """A job offered to both agents, before Ada got another visit of the same client."""
    job = pending(desk, ada, **SAME)
    assigned(desk, ada, "4d", **SAME)
    return job


@pytest.mark.parametrize("again", [False, True])
def test_claim_ended_by_a_move_to_a_held_job_is_answered_once(
    desk: StoryDesk, ada: Person, bisi: Person, job: Job, again: bool
) -> None:
    with desk.at_once():
        desk.says(bisi, f"YES {job['code']}")
        desk.work("inbox")
        moved = desk.moves(job, "5d")
        if again:
            desk.says(bisi, f"YES {job['code']}")
            desk.work("inbox")
    assert desk.news(bisi) == ["explain_moved"]
    assert moved["inspection_time"] in desk.last(bisi)
    assert desk.news(ada) == ["offer"]
    desk.wait(minutes=6)
    assert desk.news(bisi) == ["offer"]
    assert desk.says(bisi, f"YES {job['code']}") == ["assigned"]


def test_claim_of_the_held_agent_is_answered_by_the_new_offer(desk: StoryDesk, ada: Person, job: Job) -> None:
    with desk.at_once():
        desk.says(ada, f"YES {job['code']}")
        desk.work("inbox")
        desk.moves(job, "5d")
    assert desk.news(ada) == ["offer"]


def test_yes_to_the_old_time_is_answered_before_the_move_is_followed_up(
    desk: StoryDesk, ada: Person, bisi: Person, job: Job
) -> None:
    with desk.at_once():
        desk.moves(job, "5d")
        desk.says(bisi, f"YES {job['code']}")
        desk.work("inbox")
    assert desk.news(bisi) == ["explain_moved"]


@pytest.mark.parametrize("at_once", [False, True])
def test_agent_who_knows_the_old_time_gets_the_cancellation(
    desk: StoryDesk, ada: Person, bisi: Person, job: Job, at_once: bool
) -> None:
    if at_once:
        with desk.at_once():
            desk.moves(job, "5d")
            desk.does("cancel", job)
    else:
        desk.moves(job, "5d")
        desk.does("cancel", job)
    assert desk.news(bisi) == ["withdrawn"]
    assert desk.news(ada) == (["withdrawn"] if at_once else ["offer", "withdrawn"])
    assert desk.says(bisi, f"YES {job['code']}") == ["gone"]


def test_yes_that_crosses_with_the_cancellation_is_answered_once(
    desk: StoryDesk, ada: Person, bisi: Person, job: Job
) -> None:
    desk.moves(job, "5d")
    with desk.at_once():
        desk.does("cancel", job)
        desk.says(bisi, f"YES {job['code']}")
        desk.work("inbox")
    assert desk.news(bisi) == ["withdrawn"]


def test_agent_who_declined_since_gets_no_cancellation(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada, **SAME)
    desk.moves(job, "3d")
    desk.says(bisi, f"NO {job['code']}")
    assigned(desk, ada, "4d", **SAME)
    desk.moves(job, "5d")
    desk.does("cancel", job)
    assert desk.news(bisi) == []


@pytest.mark.parametrize("gone", ["inactive", "suspended"])
def test_agent_who_is_not_active_gets_no_cancellation(
    desk: StoryDesk, ada: Person, bisi: Person, job: Job, gone: str
) -> None:
    desk.changes(bisi, status=gone)
    desk.moves(job, "5d")
    desk.does("cancel", job)
    assert desk.news(bisi) == []
