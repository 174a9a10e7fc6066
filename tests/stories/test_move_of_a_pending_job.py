"""A pending job moves: it is offered again, and a YES to the old time takes nothing."""

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import pending


def test_each_agent_is_offered_the_new_time_once(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    moved = desk.moves(job, "51h")
    assert (moved["status"], moved["code"]) == ("pending", job["code"])
    for agent in (ada, bisi):
        assert desk.news(agent) == ["offer"]
        assert f"*{job['code']}* has moved" in desk.last(agent)
        assert f"{moved['inspection_time']} (Lagos time)" in desk.last(agent)
    assert desk.offers(job) == {
        (1, ada.phone): "closed",
        (1, bisi.phone): "closed",
        (2, ada.phone): "open",
        (2, bisi.phone): "open",
    }
    assert desk.told(client_of(job)) == []  # one message names the agent and the time


def test_moved_job_expires_at_its_new_time(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada, "2h")
    old = desk.timers(job)["expiry"]
    desk.moves(job, "5h")
    desk.wait_until(old)
    assert desk.stands(job) == ("pending", None)
    desk.wait_for(job, "expiry")
    assert desk.stands(job) == ("expired", None)
    assert desk.told(client_of(job)) == ["expired_client"]


def test_yes_takes_the_job_at_its_new_time(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    moved = desk.moves(job, "51h")
    assert desk.says(ada, "YES") == ["assigned"]
    assert moved["inspection_time"] in desk.last(ada)
    assert desk.stands(job) == ("assigned", ada.phone)


def test_yes_that_quotes_the_old_offer_is_answered_with_the_new_time(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    old = desk.message(ada, job, "offer").twilio_sid
    moved = desk.moves(job, "51h")
    assert desk.says(ada, "Yes please", quoting=old) == ["explain_offered"]
    assert "has moved" in desk.last(ada)
    assert moved["inspection_time"] in desk.last(ada)
    assert desk.stands(job) == ("pending", None)
    assert desk.offers(job)[2, ada.phone] == "open"


def test_tap_on_the_old_offer_takes_nothing(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    old = desk.message(ada, job, "offer").twilio_sid
    desk.moves(job, "51h")
    assert desk.says(ada, "Take it", quoting=old, tapping=f"yes:{job['id']}") == ["explain_offered"]
    assert desk.stands(job) == ("pending", None)


def test_tap_on_the_new_offer_takes_the_job(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.moves(job, "51h")
    new = desk.message(ada, job, "offer").twilio_sid
    assert desk.says(ada, "Take it", quoting=new, tapping=f"yes:{job['id']}") == ["assigned"]


@pytest.mark.parametrize("said", ["YES", "yes {code}"])
def test_yes_that_crosses_with_the_move_takes_nothing(desk: StoryDesk, ada: Person, said: str) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, said.format(code=job["code"]))
        moved = desk.moves(job, "51h")
    assert desk.news(ada) == ["explain_moved", "offer"]
    assert moved["inspection_time"] in desk.last(ada)
    assert desk.stands(job) == ("pending", None)
    assert desk.says(ada, "YES") == ["assigned"]


def test_yes_before_the_new_offer_is_sent_takes_nothing(desk: StoryDesk, ada: Person) -> None:
    """The new offer, which is on its way, is the answer."""
    job = pending(desk, ada)
    with desk.at_once():
        desk.moves(job, "51h")
        desk.work("broadcasting")
        desk.says(ada, "YES")
        desk.work("inbox", "assignment")
    assert desk.news(ada) == ["offer"]
    assert desk.stands(job) == ("pending", None)


def test_unsettled_claim_takes_nothing_after_a_move(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        assert desk.offers(job)[1, ada.phone] == "claimed"
        desk.moves(job, "51h")
    assert desk.news(ada) == desk.news(bisi) == ["offer"]
    assert desk.offers(job)[1, ada.phone] == "closed"
    assert desk.stands(job) == ("pending", None)
    assert desk.says(bisi, "YES") == ["assigned"]


def test_claim_is_not_settled_for_the_new_time_before_the_move_is_followed_up(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        desk.moves(job, "51h")
        desk.wait(seconds=1)
        desk.work("assignment")
        assert desk.offers(job) == {(1, ada.phone): "closed"}
    assert desk.stands(job) == ("pending", None)
    assert desk.news(ada) == ["offer"]


def test_agent_who_declined_the_old_time_is_offered_the_new_time(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.moves(job, "51h")
    assert desk.news(ada) == ["offer"]
    assert desk.attention(job) is None


def test_unsent_offer_of_the_old_time_is_withdrawn(desk: StoryDesk, ada: Person) -> None:
    with desk.at_once():
        job = desk.asks()
        desk.work("broadcasting")
        moved = desk.moves(job, "51h")
    assert desk.told(ada) == ["offer"]
    assert moved["inspection_time"] in desk.last(ada)


def test_two_moves_at_once_are_one_offer_with_the_last_time(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.moves(job, "51h")
        moved = desk.moves(job, "77h")
    assert desk.news(ada) == ["offer"]
    assert moved["inspection_time"] in desk.last(ada)
    assert desk.offers(job) == {(1, ada.phone): "closed", (3, ada.phone): "open"}


def test_two_moves_one_after_the_other_are_two_offers(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    first = desk.moves(job, "51h")
    sid = desk.message(ada, job, "offer").twilio_sid
    assert first["inspection_time"] in desk.last(ada)
    second = desk.moves(job, "77h")
    assert desk.news(ada) == ["offer", "offer"]
    assert desk.says(ada, "YES", quoting=sid) == ["explain_offered"]
    assert second["inspection_time"] in desk.last(ada)
    assert desk.says(ada, "YES") == ["assigned"]


def test_new_address_is_a_new_plan(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.puts(job, property={"address": "7 Admiralty Way, Lekki"})
    assert desk.news(ada) == ["offer"]
    assert "has moved" in desk.last(ada)
    assert "7 Admiralty Way" in desk.last(ada)


def test_agent_who_becomes_active_during_the_move_is_offered_the_new_time(desk: StoryDesk, ada: Person) -> None:
    """The new round's offer to them is made before the old round is closed."""
    bisi = desk.hires("Bisi", status="inactive")
    job = pending(desk, ada)
    with desk.at_once():
        desk.changes(bisi, status="active")
        moved = desk.moves(job, "51h")
        desk.work("broadcasting")
    assert desk.news(bisi) == ["offer"]
    assert moved["inspection_time"] in desk.last(bisi)
