"""A timer of the old plan falls due after a move, before the move is followed up."""

import pytest

from dispatch.actions.clock import due
from dispatch.models import Timer
from dispatch.models.base.record import utc_now
from tests.faults.interleaving import just_before
from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME, another
from tests.stories.people import Job, Person
from tests.stories.ways import assigned


def falls_due(desk: StoryDesk, job: Job, kind: str) -> None:
    """Let a timer fall due while all other work waits."""
    timer = Timer.objects.get(job=job["id"], kind=kind)
    desk.clock.turn_to(timer.due_at)
    due.fire(timer.id, timer.due_at, utc_now())


def test_timer_of_the_old_hold_does_not_end_the_new_hold(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.no_news()
    desk.wait(minutes=4, seconds=55)
    with desk.at_once():
        desk.moves(job, "6d")
        falls_due(desk, job, "hold")
    assert "hold_ended" not in desk.timeline(job)
    assert (desk.news(ada), desk.news(bisi)) == (["offer"], [])
    desk.wait(minutes=6)
    assert desk.news(bisi) == ["offer"]


def test_nudge_of_the_old_plan_is_not_sent_and_that_of_the_new_plan_is(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.wait(minutes=29)
    with desk.at_once():
        desk.moves(job, "6d")
        falls_due(desk, job, "nudge")
    assert desk.news(ada) == ["moved_agent"]
    assert "unconfirmed" not in desk.timers(job)
    desk.wait(minutes=31)
    assert desk.news(ada) == ["nudge"]
    assert desk.attention(job) is None


@pytest.mark.parametrize("amid", [False, True])
def test_unconfirmed_old_plan_is_not_listed_as_the_new_plan(desk: StoryDesk, ada: Person, amid: bool) -> None:
    """With `amid`, the move happens while the timer fires, after the job was read."""
    job = assigned(desk, ada)
    desk.wait(minutes=59)
    with desk.at_once():
        if amid:
            with just_before("findAndModify", "jobs", lambda: desk.moves(job, "6d")):
                falls_due(desk, job, "unconfirmed")
        else:
            desk.moves(job, "6d")
            falls_due(desk, job, "unconfirmed")
    assert desk.attention(job) is None
    desk.wait(minutes=29)
    assert desk.attention(job) is None
    desk.wait(minutes=32)
    assert desk.attention(job) == "unconfirmed"
