"""After a release: the former agent has nothing more to do with the job, and the client gets nothing in their name."""

from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person, client_of
from tests.stories.tasks import perform
from tests.stories.ways import approved, assigned


def test_agents_who_released_a_job_are_not_offered_it_again(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = assigned(desk, ada)
    desk.says(ada, "RELEASE")
    desk.says(bisi, "YES")
    assert desk.says(bisi, "RELEASE") == ["released"]
    assert desk.news(ada) == []
    assert desk.attention(job) == "no_agent"
    chidi = desk.hires("Chidi")
    assert desk.says(chidi, "YES") == ["assigned"]
    assert desk.attention(job) is None


def test_agent_who_released_a_job_is_not_offered_it_when_active_again(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    job = assigned(desk, ada)
    desk.says(ada, "RELEASE")
    desk.changes(ada, status="inactive")
    desk.changes(ada, status="active")
    assert desk.news(ada) == []
    assert (2, ada.phone) not in desk.offers(job)


def test_agent_who_released_a_job_is_offered_it_at_another_time(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = assigned(desk, ada)
    desk.says(ada, "RELEASE")
    desk.moves(job, "51h")
    assert desk.news(ada) == ["offer"]
    assert desk.says(ada, "YES") == ["assigned"]


@pytest.mark.parametrize("said", ["YES", "CONFIRM", "RELEASE", "COMPLETE {code}"])
def test_later_reply_of_a_former_agent_is_answered_with_released(
    desk: StoryDesk, ada: Person, bisi: Person, said: str
) -> None:
    job = approved(desk, ada)
    desk.says(ada, "RELEASE")
    assert desk.says(ada, said.format(code=job["code"])) == ["released"]
    assert desk.stands(job) == ("pending", None)
    desk.says(bisi, "YES")
    assert desk.says(ada, said.format(code=job["code"])) == ["released"]
    assert desk.stands(job) == ("assigned", bisi.phone)


@pytest.mark.parametrize("said", ["YES {code}", "CONFIRM {code}", "START {code}"])
def test_later_reply_of_a_former_agent_of_a_moved_job_is_answered_with_released(
    desk: StoryDesk, ada: Person, bisi: Person, said: str
) -> None:
    job = approved(desk, ada)
    desk.moves(job, "51h")
    desk.does("release", job)
    assert desk.says(ada, said.format(code=job["code"])) == ["released"]
    assert desk.stands(job) == ("pending", None)


def test_confirm_that_crosses_with_the_platforms_release_approves_nothing(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.says(ada, "CONFIRM")
        desk.does("release", job)
    assert desk.stands(job) == ("pending", None)
    assert desk.news(ada) == ["released"]
    assert desk.news(client_of(job)) == []


def test_unsent_message_that_names_the_former_agent_is_not_sent_to_the_client(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.says(ada, "CONFIRM")
        desk.work("inbox")
        desk.does("release", job)
        desk.work("broadcasting", "bulk")
        desk.says(bisi, "YES")
        desk.work("inbox")
        desk.wait(seconds=1)
        desk.work("assignment")
        desk.does("approve_schedule", job)
    assert desk.stands(job) == ("approved", bisi.phone)
    assert desk.told(client_of(job)) == ["approved_client"]
    assert "Bisi" in desk.last(client_of(job))
    assert "approved" not in desk.told(ada)


def test_yes_of_an_agent_without_an_offer_in_the_last_round_is_answered_with_taken(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    """Their only offer is of an earlier round, so the news of the later round was not written to them."""
    job = assigned(desk, ada)
    chidi = desk.hires("Chidi")
    desk.changes(bisi, status="inactive")
    desk.says(ada, "RELEASE")
    desk.says(chidi, "YES")
    assert desk.says(bisi, f"YES {job['code']}") == ["taken"]
    assert desk.stands(job) == ("assigned", chidi.phone)


def test_job_released_after_its_start_expires_and_the_client_gets_the_news(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    job = approved(desk, ada, "2h")
    desk.wait_for(job, "ending")
    desk.no_news()
    with desk.at_once():
        desk.says(ada, "RELEASE")  # the platform is refused: see test_release
        desk.work("inbox", "broadcasting", "bulk")  # before the expiry, which is due at once
        assert desk.stands(job) == ("pending", None)
        assert {round_ for round_, _ in desk.offers(job)} == {1}
    desk.wait(seconds=10)
    assert desk.stands(job) == ("expired", None)
    assert desk.told(ada)[-1] == "released"
    assert desk.news(bisi) == []
    assert desk.news(client_of(job)) == ["expired_client"]
    assert desk.timers(job) == {}


def _time_is_up(desk: StoryDesk, job: Job) -> None:
    """Arm the expiry at its time, although work is held back."""
    desk.clock.turn_to(desk.timers(job)["expiry"])
    desk.tasks.beat("workers.reminders.arm")


@pytest.mark.parametrize(
    ("then", "told"),
    [
        pytest.param(lambda desk, job, chidi: desk.does("cancel", job), ["withdrawn"], id="cancelled"),
        pytest.param(lambda desk, job, chidi: desk.says(chidi, f"YES {job['code']}"), ["taken"], id="taken"),
        pytest.param(lambda desk, job, chidi: _time_is_up(desk, job), ["gone"], id="expired"),
    ],
)
def test_reply_is_answered_when_the_pending_offer_is_withdrawn_unsent(
    desk: StoryDesk, ada: Person, bisi: Person, then: Callable[..., object], told: list[str]
) -> None:
    """Bisi writes while the job is open again and its offer to them is unsent; the round ends before it is sent."""
    job, chidi = assigned(desk, ada), desk.hires("Chidi")
    desk.no_news()
    with desk.at_once():
        desk.says(ada, "RELEASE")
        desk.work("inbox", "broadcasting")
        desk.says(bisi, f"yes {job['code']}")
        desk.work("inbox")
        perform("workers.notifications.send_bulk", [[str(desk.message(chidi, job, "offer").id)]])
        then(desk, job, chidi)
        desk.work("inbox")
        desk.clock.turn_to(desk.clock.now() + timedelta(seconds=1))
        desk.work("assignment", "broadcasting", "reminders")
    assert desk.news(bisi) == told


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        pytest.param(lambda desk, job, chidi: desk.does("cancel", job), ["withdrawn"], id="cancelled"),
        pytest.param(lambda desk, job, chidi: _is_taken_by(desk, job, chidi), ["taken"], id="taken"),
        pytest.param(lambda desk, job, chidi: _time_is_up(desk, job), ["gone"], id="expired"),
    ],
)
def test_reply_is_answered_when_the_job_ended_before_the_pending_offer_was_withdrawn_unsent(
    desk: StoryDesk, ada: Person, bisi: Person, ends: Callable[..., object], told: list[str]
) -> None:
    """Bisi writes after the job has ended; the consequences that withdraw her new, unsent offer come later."""
    job, chidi = assigned(desk, ada), desk.hires("Chidi")
    desk.no_news()
    with desk.at_once():
        desk.says(ada, "RELEASE")
        desk.work("inbox", "broadcasting")
        ends(desk, job, chidi)
        desk.says(bisi, f"yes {job['code']}")
        desk.work("inbox")
    desk.wait(minutes=1)
    desk.sweep()
    assert desk.news(bisi) == told


def _is_taken_by(desk: StoryDesk, job: Job, agent: Person) -> None:
    """Let an agent win the job; the worker is killed before the consequences."""
    perform("workers.notifications.send_bulk", [[str(desk.message(agent, job, "offer").id)]])
    desk.says(agent, f"YES {job['code']}")
    desk.work("inbox")
    desk.clock.turn_to(desk.clock.now() + timedelta(seconds=1))
    with mock.patch("dispatch.actions.jobs.events.follow_up"):
        desk.work("assignment")
    assert desk.stands(job) == ("assigned", agent.phone)
