"""A job with an agent moves: the agent must confirm again, the client gets the news, the old timers are gone."""

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import INTO, approved, assigned

TAKEN = ["assigned", "approved"]


@pytest.mark.parametrize("state", TAKEN)
def test_move_asks_the_agent_and_informs_the_client_once(
    desk: StoryDesk, ada: Person, bisi: Person, state: str
) -> None:
    job = INTO[state](desk, ada)
    moved = desk.moves(job, "51h")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(ada) == ["moved_agent"]
    assert f"CONFIRM {job['code']}" in desk.last(ada)
    assert desk.news(client_of(job)) == ["moved_client"]
    assert "Ada" in desk.last(client_of(job))
    for who in (ada, client_of(job)):
        assert f"{moved['inspection_time']} (Lagos time)" in desk.last(who)
    assert desk.news(bisi) == []
    assert desk.offers(job) == {(1, ada.phone): "won", (1, bisi.phone): "taken"}
    assert desk.timeline(job)[-1] == "moved"


@pytest.mark.parametrize(("state", "said"), [("assigned", "ok"), ("approved", "confirm {code}")])
def test_confirm_after_a_move_approves_the_new_time(desk: StoryDesk, ada: Person, state: str, said: str) -> None:
    job = INTO[state](desk, ada)
    moved = desk.moves(job, "51h")
    desk.no_news()
    assert desk.says(ada, said.format(code=job["code"])) == ["approved"]
    assert desk.news(client_of(job)) == ["approved_client"]
    for who in (ada, client_of(job)):
        assert moved["inspection_time"] in desk.last(who)


def test_only_the_reminder_of_the_new_time_is_sent(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "3h")
    old = desk.timers(job)["reminder"]
    desk.moves(job, "8h")
    desk.says(ada, "CONFIRM")
    desk.no_news()
    desk.wait_until(old)
    assert desk.news(ada) == desk.news(client_of(job)) == []
    desk.wait_for(job, "reminder")
    assert desk.news(ada) == ["reminder_agent"]
    assert desk.news(client_of(job)) == ["reminder_client"]
    assert desk.job(job)["inspection_time"] in desk.last(ada)


def test_unconfirmed_new_time_has_no_reminder(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "3h")
    desk.moves(job, "8h")
    assert set(desk.timers(job)) == {"nudge", "visit_start"}
    desk.wait(hours=9)
    assert "reminder_agent" not in desk.told(ada)
    assert "reminder_client" not in desk.told(client_of(job))
    assert desk.attention(job) == "unconfirmed"


def test_job_moved_after_its_reminder_has_another_reminder(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "2h")
    desk.wait_for(job, "reminder")
    desk.moves(job, "8h")
    desk.says(ada, "CONFIRM")
    desk.wait_for(job, "reminder")
    assert desk.told(ada).count("reminder_agent") == 2
    assert desk.told(client_of(job)).count("reminder_client") == 2


def test_agent_nudged_for_the_old_time_is_nudged_for_the_new_time(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.wait_for(job, "nudge")
    desk.wait_for(job, "unconfirmed")
    assert desk.attention(job) == "unconfirmed"
    desk.moves(job, "51h")
    assert desk.attention(job) is None
    desk.no_news()
    desk.wait_for(job, "nudge")
    assert desk.news(ada) == ["nudge"]
    desk.wait_for(job, "unconfirmed")
    assert desk.attention(job) == "unconfirmed"


def test_two_moves_at_once_are_one_message_with_the_last_time(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    with desk.at_once():
        desk.moves(job, "51h")
        moved = desk.moves(job, "77h")
    assert desk.news(ada) == ["moved_agent"]
    assert desk.news(client_of(job)) == ["moved_client"]
    for who in (ada, client_of(job)):
        assert moved["inspection_time"] in desk.last(who)


def test_move_and_move_back_are_two_messages(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    desk.moves(job, "51h")
    desk.puts(job, inspection_date=job["inspection_date"], inspection_time=job["inspection_time"])
    assert desk.news(ada) == ["moved_agent", "moved_agent"]
    assert desk.news(client_of(job)) == ["moved_client", "moved_client"]
    assert job["inspection_time"] in desk.last(ada)
    assert desk.says(ada, "CONFIRM") == ["approved"]


def test_agent_can_give_a_moved_job_back(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = approved(desk, ada)
    moved = desk.moves(job, "51h")
    assert desk.says(ada, "No, I can't make it") == ["released"]
    assert desk.news(bisi) == ["offer"]
    assert moved["inspection_time"] in desk.last(bisi)


def test_moved_job_of_an_inactive_agent_still_needs_attention(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    desk.changes(ada, status="inactive")
    assert desk.attention(job) == "agent_inactive"
    desk.moves(job, "51h")
    assert desk.attention(job) == "agent_inactive"
