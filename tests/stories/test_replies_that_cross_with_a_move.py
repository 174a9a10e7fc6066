"""A job with an agent moves while they write: a reply to the old time decides nothing about the new time."""

from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.actions.inbox import handling
from dispatch.models import Job
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned, pending

TAKEN = ["assigned", "approved"]


def test_confirm_that_crosses_with_a_move_approves_nothing(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.says(ada, "CONFIRM")
        desk.moves(job, "51h")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(ada) == ["moved_agent"]
    assert desk.news(client_of(job)) == ["moved_client"]


def test_confirm_before_the_news_of_the_move_is_sent_approves_nothing(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.moves(job, "51h")
        desk.work("broadcasting")
        desk.says(ada, "CONFIRM")
        desk.work("inbox")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(ada) == ["moved_agent"]


def test_confirm_that_quotes_the_old_time_is_answered_with_the_new_time(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    old = desk.message(ada, job, "assigned").twilio_sid
    moved = desk.moves(job, "51h")
    assert desk.says(ada, "CONFIRM", quoting=old) == ["explain_assigned"]
    assert "has moved" in desk.last(ada)
    assert moved["inspection_time"] in desk.last(ada)
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.says(ada, "ok") == ["approved"]  # the reply has asked them again


def test_confirm_understood_before_a_move_and_carried_out_after_it_approves_nothing(
    desk: StoryDesk, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = assigned(desk, ada)
    _move_between_understanding_and_carrying_out(desk, job, monkeypatch)
    desk.says(ada, "CONFIRM")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.told(ada)[-1:] == ["moved_agent"]
    assert "approved_client" not in desk.told(client_of(job))


@pytest.mark.parametrize("said", ["BEGIN", "COMPLETE"])
def test_begin_or_complete_before_confirming_the_new_time_asks_to_confirm(
    desk: StoryDesk, ada: Person, said: str
) -> None:
    job = approved(desk, ada)
    desk.moves(job, "51h")
    assert desk.says(ada, said) == ["explain_assigned"]
    assert desk.stands(job) == ("assigned", ada.phone)


def test_unsent_messages_about_the_old_time_are_withdrawn(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.says(ada, "CONFIRM")
        desk.work("inbox")
        desk.moves(job, "51h")
    assert desk.news(ada) == ["moved_agent"]
    assert desk.news(client_of(job)) == ["moved_client"]
    assert desk.message(ada, job, "approved").status == "withdrawn"
    assert desk.message(client_of(job), job, "approved_client").status == "withdrawn"


@pytest.mark.parametrize("state", TAKEN)
def test_unsent_reply_with_the_old_time_is_not_sent_after_a_move(desk: StoryDesk, ada: Person, state: str) -> None:
    job = assigned(desk, ada) if state == "assigned" else approved(desk, ada)
    with desk.at_once():
        desk.says(ada, f"NO {job['code']}")  # the reply: the job is theirs
        desk.work("inbox")
        desk.moves(job, "51h")
    assert desk.news(ada) == ["moved_agent"]


def test_job_moved_and_cancelled_at_once_is_only_cancelled_for_people(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    with desk.at_once():
        desk.moves(job, "51h")
        desk.does("cancel", job)
    assert desk.news(ada) == ["cancelled_agent"]
    assert desk.news(client_of(job)) == ["cancelled_client"]


def _move_between_understanding_and_carrying_out(desk: StoryDesk, job: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the platform move the job just before the agent's CONFIRM is carried out."""
    carry_out = handling.carry_out

    def late(*arguments: object) -> None:
        monkeypatch.setattr(handling, "carry_out", carry_out)
        with desk.at_once():
            desk.moves(job, "51h")
            desk.work("broadcasting")
            carry_out(*arguments)

    monkeypatch.setattr(handling, "carry_out", late)


def test_agent_of_a_job_moved_before_the_news_of_assignment_gets_all_details(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        desk.wait(seconds=1)
        desk.work("assignment")
        moved = desk.moves(job, "51h")
    assert desk.stands(job) == ("assigned", ada.phone)
    heard = "\n".join(desk.texts(ada))
    assert client_of(job).phone in heard
    assert job["notes"] in heard
    assert moved["inspection_time"] in desk.last(ada)
    assert "CONFIRM" in desk.last(ada)
    assert desk.says(ada, "ok") == ["approved"]


def test_reminder_of_the_old_time_is_not_sent_although_the_follow_up_of_the_move_died(
    desk: StoryDesk, ada: Person
) -> None:
    """The move is confirmed, but the timers are those of the old plan until a sweep enqueues the follow-up again."""
    job = approved(desk, ada, "3h")
    old = desk.timers(job)["reminder"]
    with desk.at_once():
        desk.moves(job, "8h")
        Job.collection().update_one({"_id": ObjectId(job["id"])}, {"$set": {"follow_up_at": old + timedelta(hours=1)}})
        desk.does("approve_schedule", job)
    assert desk.stands(job) == ("approved", ada.phone)
    desk.wait_until(old + timedelta(minutes=1))
    assert desk.news(ada) == desk.news(client_of(job)) == []
    desk.wait(hours=1)
    desk.sweep()
    assert desk.news(ada) == ["moved_agent", "approved"]
    desk.wait_for(job, "reminder")
    assert desk.news(ada) == ["reminder_agent"]
