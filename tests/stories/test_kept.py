"""A client who books more keeps the same agent: that agent alone is asked."""

import pytest

from tests.stories.desk import Desk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person
from tests.stories.ways import INTO, approved, assigned, pending


@pytest.mark.parametrize("state", ["assigned", "approved", "in_progress"])
def test_the_second_booking_is_offered_to_the_clients_agent_alone(
    desk: Desk, ada: Person, bisi: Person, state: str
) -> None:
    INTO[state](desk, ada, **SAME)
    job = another(desk)
    assert desk.news(ada) == ["offer"]
    assert "for a client of yours" in desk.last(ada)
    assert job["client_details"]["name"] not in desk.last(ada)
    assert desk.news(bisi) == []
    assert desk.offers(job) == {(1, ada.phone): "open"}
    assert set(desk.timers(job)) == {"expiry", "hold"}
    assert desk.says(ada, "YES") == ["assigned"]
    desk.wait(minutes=10)
    assert desk.news(bisi) == []


@pytest.mark.parametrize("state", ["pending", "completed", "cancelled"])
def test_without_an_open_visit_everybody_is_asked(desk: Desk, ada: Person, bisi: Person, state: str) -> None:
    INTO[state](desk, ada, **SAME)
    another(desk)
    assert desk.news(ada) == desk.news(bisi) == ["offer"]


def test_another_client_is_another_matter(desk: Desk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    desk.asks("4d")
    assert desk.news(ada) == desk.news(bisi) == ["offer"]


def test_of_several_agents_it_is_that_of_the_latest_booking(desk: Desk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    second = another(desk)
    desk.says(ada, "NO")
    desk.says(bisi, f"YES {second['code']}")
    desk.no_news()
    third = another(desk)
    assert desk.offers(third) == {(1, bisi.phone): "open"}
    assert (desk.news(ada), desk.news(bisi)) == ([], ["offer"])


def test_a_visit_of_yesterday_keeps_nobody(desk: Desk, ada: Person, bisi: Person) -> None:
    old = approved(desk, ada, "1h", **SAME)
    desk.wait(days=2)
    assert desk.stands(old)[0] == "approved"
    desk.no_news()
    another(desk)
    assert desk.news(ada) == desk.news(bisi) == ["offer"]


def test_a_visit_of_tomorrow_does(desk: Desk, ada: Person, bisi: Person) -> None:
    approved(desk, ada, "3d", **SAME)
    desk.wait(days=2)
    desk.no_news()
    another(desk)
    assert (desk.news(ada), desk.news(bisi)) == (["offer"], [])


def test_a_job_is_not_held_for_the_agent_who_gave_it_back(desk: Desk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.says(ada, f"YES {job['code']}")
    desk.says(ada, f"RELEASE {job['code']}")
    assert desk.news(bisi) == ["offer"]
    assert desk.last(bisi).startswith("Open again")
    assert (2, ada.phone) not in desk.offers(job)


def test_a_job_that_was_given_back_is_held_for_the_clients_other_agent(desk: Desk, ada: Person, bisi: Person) -> None:
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


def test_a_pending_booking_is_not_held_when_its_client_gets_an_agent(desk: Desk, ada: Person, bisi: Person) -> None:
    """What was offered to everybody stays so."""
    first, second = pending(desk, ada, **SAME), pending(desk, ada, **SAME)
    desk.says(ada, f"YES {first['code']}")
    assert desk.says(bisi, f"YES {second['code']}") == ["assigned"]
