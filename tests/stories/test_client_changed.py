"""A client's number or name changes: open jobs get it, their agents get the news, later messages go there."""

from typing import Any

import pytest

from tests.bodies import a_phone
from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import INTO, approved, assigned, completed, pending


def moves_house(desk: StoryDesk, job: Job, **changes: Any) -> Person:
    """Give a job's client another number (or other details), and return the client as the API shows them then."""
    details = {name: value for name, value in job["client_details"].items() if value} | {"phone": a_phone()} | changes
    shown = desk.call("PUT", f"/api/clients/{job['client_id']}", details)
    return Person(shown["name"], shown["phone"], shown["client_id"])


@pytest.mark.parametrize("state", ["assigned", "approved", "in_progress"])
def test_agent_gets_the_clients_new_number(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    client = moves_house(desk, job)
    assert desk.news(ada) == ["details_changed"]
    assert client.phone in desk.last(ada)
    assert desk.job(job)["client_details"]["phone"] == client.phone
    assert desk.stands(job) == (state, ada.phone)
    assert desk.told(client) == []


def test_later_messages_go_to_the_clients_new_number(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    client = moves_house(desk, job)
    desk.no_news()
    desk.wait_for(job, "reminder")
    assert desk.news(ada) == ["reminder_agent"]
    assert client.phone in desk.last(ada)
    assert desk.told(client) == ["reminder_client"]
    assert desk.says(ada, "COMPLETE") == ["completed_agent"]
    assert desk.told(client) == ["reminder_client", "completed_client"]
    assert desk.told(client_of(job)) == ["approved_client"]


def test_agent_who_takes_the_job_later_gets_the_new_number(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    client = moves_house(desk, job)
    assert desk.news(ada) == []
    assert desk.says(ada, "YES") == ["assigned"]
    assert client.phone in desk.last(ada)


def test_open_jobs_of_the_client_change_and_ended_ones_do_not(desk: StoryDesk, ada: Person) -> None:
    same = {"client__client_id": "c1"}
    over, one, two = completed(desk, ada, **same), assigned(desk, ada, **same), approved(desk, ada, **same)
    client = moves_house(desk, two)
    assert desk.news(ada) == ["details_changed", "details_changed"]
    phones = [desk.job(job)["client_details"]["phone"] for job in (over, one, two)]
    assert phones == [client_of(over).phone, client.phone, client.phone]


@pytest.mark.parametrize("changes", [{}, {"email": "other@example.com"}])
def test_change_that_agents_do_not_see_is_no_news(desk: StoryDesk, ada: Person, changes: dict[str, str]) -> None:
    job = assigned(desk, ada)
    moves_house(desk, job, phone=client_of(job).phone, **changes)
    assert desk.news(ada) == []
    assert desk.job(job)["client_details"]["email"] == changes.get("email", "john@example.com")


def test_name_in_another_unicode_form_is_no_news(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada, client__name="Zo\u00e9")
    client = f"/api/clients/{client_of(job).id}"
    desk.call("PUT", client, {"name": "Zoe\u0301"})
    desk.call("PATCH", client, {"name": "Zo\u200b\u00e9", "email": None})
    assert desk.news(ada) == []
    assert "client_changed" not in desk.timeline(job)


def test_unchanged_put_of_a_client_is_no_news(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    client = moves_house(desk, job)
    moves_house(desk, job, phone=client.phone)
    assert desk.news(ada) == ["details_changed"]
    assert desk.timeline(job).count("client_changed") == 1


def test_agent_of_another_client_gets_no_news(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    other = pending(desk, ada)
    desk.says(bisi, f"YES {other['code']}")
    job = assigned(desk, ada)
    desk.no_news()
    moves_house(desk, job)
    assert desk.news(bisi) == []


def test_unsent_message_to_the_client_goes_to_the_new_number(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    with desk.at_once():
        desk.says(ada, "CONFIRM")
        desk.work("inbox")
        client = moves_house(desk, job)
    assert desk.told(client_of(job)) == []
    assert desk.told(client) == ["approved_client"]


def test_message_from_the_new_number_counts_as_the_clients(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    client = moves_house(desk, job)
    assert desk.says(client, "Thank you") == ["client_reply"]
    assert desk.says(client_of(job), "Who is this?") == ["stranger_reply"]
