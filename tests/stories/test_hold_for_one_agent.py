"""A job is held for one agent for a while: time, a NO and absence open it to all agents at once."""

import pytest

from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned, away


def test_hold_ends_after_five_minutes_and_all_other_agents_get_the_offer(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.no_news()
    desk.wait(minutes=4, seconds=58)
    assert desk.news(bisi) == []
    desk.wait(seconds=5)
    assert desk.news(bisi) == ["offer"]
    assert "for a client of yours" not in desk.last(bisi)
    assert desk.news(ada) == []
    assert desk.offers(job) == {(1, ada.phone): "open", (1, bisi.phone): "open"}
    assert desk.says(ada, f"YES {job['code']}") == ["assigned"]
    assert desk.news(bisi) == ["taken"]


def test_hold_is_shorter_when_the_visit_is_near(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk, "5m")
    held, expires = desk.timers(job)["hold"], desk.timers(job)["expiry"]
    assert held - desk.clock.now() <= (expires - desk.clock.now()) / 2


@pytest.mark.parametrize("said", ["NO", "I can't make it"])
def test_no_of_the_held_agent_offers_the_job_to_all_others_at_once(
    desk: StoryDesk, ada: Person, bisi: Person, said: str
) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    assert desk.says(ada, f"{said} {job['code']}") == ["declined"]
    assert desk.news(bisi) == ["offer"]
    assert desk.offers(job) == {(1, ada.phone): "declined", (1, bisi.phone): "open"}
    assert desk.timeline(job) == ["opened", "hold_ended"]
    desk.wait(minutes=6)
    assert desk.news(bisi) == desk.news(ada) == []


def test_no_of_the_held_agent_without_other_agents_needs_attention(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    assert desk.attention(job) is None
    desk.says(ada, f"NO {job['code']}")
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])


@pytest.mark.parametrize("standing", ["inactive", "suspended", "STOP"])
def test_held_agent_made_inactive_offers_the_job_to_all_others_at_once(
    desk: StoryDesk, ada: Person, bisi: Person, standing: str
) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    away(desk, ada, standing)
    assert desk.news(bisi) == ["offer"]
    assert desk.offers(job) == {(1, ada.phone): "closed", (1, bisi.phone): "open"}


@pytest.mark.parametrize("standing", ["suspended", "STOP"])
def test_job_is_not_held_for_an_agent_who_is_already_inactive(
    desk: StoryDesk, ada: Person, bisi: Person, standing: str
) -> None:
    assigned(desk, ada, **SAME)
    away(desk, ada, standing)
    job = another(desk)
    assert desk.news(bisi) == ["offer"]
    assert desk.offers(job) == {(1, bisi.phone): "open"}


def test_held_agent_who_is_active_again_gets_the_offer_with_all_others(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    away(desk, ada, "STOP")
    desk.no_news()
    assert desk.says(ada, "START") == ["resumed", "offer"]
    assert desk.offers(job) == {(1, ada.phone): "open", (1, bisi.phone): "open"}


def test_new_agent_gets_no_offer_before_the_hold_is_over(desk: StoryDesk, ada: Person) -> None:
    assigned(desk, ada, **SAME)
    another(desk)
    chidi = desk.hires("Chidi")
    assert desk.news(chidi) == []
    desk.wait(minutes=6)
    assert desk.news(chidi) == ["offer"]


def test_yes_that_arrived_during_the_hold_counts_although_handled_later(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    with desk.at_once():
        desk.says(ada, f"YES {job['code']}")
        desk.wait(minutes=6)
        desk.work("sweeps", "reminders", "broadcasting", "bulk")
        assert desk.news(bisi) == ["offer"]
        desk.says(bisi, f"YES {job['code']}")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(bisi) == ["taken"]


def test_unsettled_claim_keeps_the_hold(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    with desk.at_once():
        desk.says(ada, f"YES {job['code']}")
        desk.work("inbox")
        desk.wait(minutes=6)
        desk.work("reminders", "broadcasting", "bulk")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(bisi) == []
    assert "hold_ended" not in desk.timeline(job)


def test_job_held_for_a_deleted_agent_is_offered_to_the_others(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    first = approved(desk, ada, "90m", **SAME)
    job = another(desk)
    desk.does("complete_inspection", first)
    desk.no_news()
    desk.call("DELETE", f"/api/agents/{ada.id}", expect=204)
    assert desk.news(bisi) == ["offer"]
    assert desk.offers(job) == {(1, ada.phone): "closed", (1, bisi.phone): "open"}


def test_move_of_a_held_job_begins_a_new_hold(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.no_news()
    desk.wait(minutes=3)
    moved = desk.moves(job, "99h")
    assert desk.news(ada) == ["offer"]
    assert moved["inspection_time"] in desk.last(ada)
    desk.wait(minutes=3)
    assert desk.news(bisi) == []  # held again, from the move on
    desk.wait(minutes=3)
    assert desk.news(bisi) == ["offer"]
    assert desk.offers(job) == {(1, ada.phone): "closed", (2, ada.phone): "open", (2, bisi.phone): "open"}


def test_move_of_a_held_job_without_a_visit_ahead_ends_the_hold(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    first = approved(desk, ada, "90m", **SAME)
    job = another(desk)
    desk.does("complete_inspection", first)
    desk.no_news()
    desk.moves(job, "99h")
    assert desk.news(ada) == desk.news(bisi) == ["offer"]
    desk.wait(minutes=6)
    assert desk.news(ada) == desk.news(bisi) == []


def test_cancelled_held_job_is_news_for_its_agent_only(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.no_news()
    desk.does("cancel", job)
    assert (desk.news(ada), desk.news(bisi)) == (["withdrawn"], [])
    assert desk.news(client_of(job)) == ["cancelled_client"]
    desk.wait(minutes=6)
    assert desk.news(bisi) == []
