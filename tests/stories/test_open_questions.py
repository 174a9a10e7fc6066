"""Texts that only a person can answer: operations see them until they are answered."""

import pytest

from dispatch.models import Job
from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned, completed


def waiting(desk: StoryDesk, **filters: str) -> list[str]:
    """Return the texts that wait for a person's answer, oldest first."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    rows = desk.call("GET", f"/api/messages/?needs_answer=true&sort=created_at&{query}")
    others = desk.call("GET", f"/api/messages/?needs_answer=false&page_size=100&{query}")
    assert not {row["id"] for row in rows} & {row["id"] for row in others}
    return [row["text"] for row in rows]


def answers(desk: StoryDesk, job: dict) -> None:
    """Note that the texts about a job are answered."""
    [*_, last] = desk.call("GET", f"/api/messages/?needs_answer=true&sort=created_at&job_id={job['id']}")
    answered = desk.call("POST", f"/api/messages/{last['id']}/answered")
    assert not answered["needs_answer"]
    desk.call("POST", f"/api/messages/{last['id']}/answered")  # harmless


def test_clients_question_needs_attention_until_it_is_answered(desk: StoryDesk, office: Office, ada: Person) -> None:
    job = approved(desk, ada)
    client = client_of(job)
    assert desk.says(client, "Thank you") == ["client_reply"]
    assert desk.attention(job) is None
    assert desk.says(client, "Can you come at three?") == ["client_reply"]
    assert "passed it on" in desk.last(client)
    assert desk.says(client, "Hello? Is anybody there?") == []  # answered once
    assert (desk.attention(job), office.reasons()) == ("needs_answer", ["needs_answer"])
    assert waiting(desk, job_id=job["id"]) == ["Can you come at three?", "Hello? Is anybody there?"]
    assert [row["id"] for row in desk.call("GET", "/api/jobs/?attention=needs_answer")] == [job["id"]]
    answers(desk, job)
    assert (desk.attention(job), waiting(desk)) == (None, [])


def test_agents_free_text_needs_attention_and_outlasts_the_next_step(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    job = assigned(desk, ada)
    assert desk.says(ada, "I'm in traffic, 20 minutes late") == ["help_agent"]
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert (desk.attention(job), office.reasons()) == ("needs_answer", ["needs_answer"])
    answers(desk, job)
    assert desk.attention(job) is None


def test_text_belongs_to_the_job_that_it_quotes(desk: StoryDesk, ada: Person) -> None:
    first, second = assigned(desk, ada), assigned(desk, ada, "3d")
    desk.says(ada, "Is there a gate code?", quoting=desk.message(ada, first, "assigned").twilio_sid)
    assert (desk.attention(first), desk.attention(second)) == ("needs_answer", None)


def test_clients_question_after_the_visit_needs_attention_on_the_completed_job(desk: StoryDesk, ada: Person) -> None:
    job = completed(desk, ada)
    desk.says(client_of(job), "I left my umbrella there")
    assert desk.attention(job) == "needs_answer"


@pytest.mark.parametrize("text", ["Thanks!", "ok", "STOP"])
def test_text_that_asks_for_nothing_needs_no_attention(desk: StoryDesk, ada: Person, text: str) -> None:
    job = approved(desk, ada)
    desk.says(client_of(job), text)
    assert (desk.attention(job), waiting(desk)) == (None, [])


def test_agents_text_without_any_job_is_listed_and_raises_an_alarm(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    desk.says(ada, "Do you have work on Sundays?")
    assert waiting(desk) == ["Do you have work on Sundays?"]
    assert [alarm["event"] for alarm in office.alarms] == ["message_needs_answer"]
    assert ada.phone not in str(office.alarms)


def test_message_that_needs_no_answer_is_refused(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    [sent] = desk.call("GET", f"/api/messages/?job_id={job['id']}&status=accepted&page_size=1")
    refused = desk.call("POST", f"/api/messages/{sent['id']}/answered", expect=409)
    assert refused["message"] == "This message needs no answer."
    assert Job.get(job["id"]).attention is None
