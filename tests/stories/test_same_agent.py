"""A client who books again keeps the same agent: only that agent gets the offer first."""

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person
from tests.stories.ways import INTO, approved, assigned, pending


@pytest.mark.parametrize("state", ["assigned", "approved", "in_progress"])
def test_second_booking_is_offered_to_the_clients_agent_alone(
    desk: StoryDesk, ada: Person, bisi: Person, state: str
) -> None:
    INTO[state](desk, ada, **SAME)
    job = another(desk)
    assert desk.news(ada) == ["offer"]
    assert "for a client of yours" in desk.last(ada)
    assert job["client_details"]["name"] not in desk.last(ada)
    assert desk.news(bisi) == []
    assert desk.offers(job) == {(1, ada.phone): "open"}
    assert set(desk.timers(job)) == {"expiry", "not_taken", "hold"}
    assert desk.says(ada, "YES") == ["assigned"]
    desk.wait(minutes=10)
    assert desk.news(bisi) == []


@pytest.mark.parametrize("state", ["pending", "completed", "cancelled"])
def test_booking_without_an_open_visit_is_offered_to_all(
    desk: StoryDesk, ada: Person, bisi: Person, state: str
) -> None:
    INTO[state](desk, ada, **SAME)
    another(desk)
    assert desk.news(ada) == desk.news(bisi) == ["offer"]


def test_booking_of_another_client_is_offered_to_all(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    desk.asks("4d")
    assert desk.news(ada) == desk.news(bisi) == ["offer"]


def test_booking_of_a_client_with_several_agents_goes_to_the_agent_of_the_latest(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    assigned(desk, ada, **SAME)
    second = another(desk)
    desk.says(ada, "NO")
    desk.says(bisi, f"YES {second['code']}")
    desk.no_news()
    third = another(desk)
    assert desk.offers(third) == {(1, bisi.phone): "open"}
    assert (desk.news(ada), desk.news(bisi)) == ([], ["offer"])


def test_visit_of_yesterday_holds_nothing(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    old = approved(desk, ada, "1h", **SAME)
    desk.wait(days=2)
    assert desk.stands(old)[0] == "approved"
    desk.no_news()
    another(desk)
    assert desk.news(ada) == desk.news(bisi) == ["offer"]


def test_visit_of_tomorrow_holds_the_next_booking(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    approved(desk, ada, "3d", **SAME)
    desk.wait(days=2)
    desk.no_news()
    another(desk)
    assert (desk.news(ada), desk.news(bisi)) == (["offer"], [])


def test_released_job_is_not_held_for_the_agent_who_gave_it_back(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.says(ada, f"YES {job['code']}")
    desk.says(ada, f"RELEASE {job['code']}")
    assert desk.news(bisi) == ["offer"]
    assert desk.last(bisi).startswith("Open again")
    assert (2, ada.phone) not in desk.offers(job)


def test_released_job_is_held_for_the_clients_other_agent(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    first = assigned(desk, ada, **SAME)
    second = another(desk)
    desk.says(ada, f"NO {second['code']}")
    desk.says(bisi, f"YES {second['code']}")
    chidi = desk.hires("Chidi")
    desk.no_news()
    desk.says(ada, f"RELEASE {first['code']}")
    assert (desk.news(bisi), desk.news(chidi)) == (["offer"], [])
    desk.wait(minutes=6)
    assert (desk.news(bisi), desk.news(chidi)) == ([], ["offer"])


def test_pending_booking_is_not_held_when_its_client_gets_an_agent_later(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    """An offer to all agents stays an offer to all."""
    first, second = pending(desk, ada, **SAME), pending(desk, ada, **SAME)
    desk.says(ada, f"YES {first['code']}")
    assert desk.says(bisi, f"YES {second['code']}") == ["assigned"]
