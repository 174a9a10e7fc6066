"""The timeline shows what happened to a job, what changed, and who did it."""

from typing import Any

from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person
from tests.stories.ways import approved, assigned, pending


def events(desk: StoryDesk, job: Job) -> list[dict[str, Any]]:
    """Return the events of a job."""
    return desk.call("GET", f"/api/jobs/{job['id']}/timeline")


def doers(desk: StoryDesk, job: Job) -> list[tuple[str, str]]:
    """Return each event with its doer."""
    return [(event["name"], event["by"]) for event in events(desk, job)]


def test_each_event_names_its_doer(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    desk.does("release", job)
    desk.does("assign", job, agent=ada.id)
    desk.does("approve_schedule", job)
    desk.does("cancel", job)
    assert doers(desk, job) == [
        ("opened", "platform"),
        ("assigned", "agent"),
        ("approved", "agent"),
        ("released", "platform"),
        ("attention", "desk"),
        ("assigned", "platform"),
        ("approved", "platform"),
        ("cancelled", "platform"),
    ]


def test_timer_and_giving_back_name_their_doers(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    given_back, ignored = assigned(desk, ada), pending(desk, ada, "1h")
    desk.says(ada, f"RELEASE {given_back['code']}")
    assert doers(desk, given_back)[-1] == ("released", "agent")
    desk.wait_for(ignored, "expiry")
    assert doers(desk, ignored)[-1] == ("expired", "desk")


def test_change_shows_the_old_and_the_new_values(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.puts(job, notes="Gate code 4711", property={"title": "Two-bedroom flat"})
    moved = desk.moves(job, "3d")
    client = {**job["client_details"], "name": "Jo Doe"}
    desk.call("PUT", f"/api/clients/{client.pop('client_id')}", client)
    changed = {event["name"]: event["facts"]["changes"] for event in events(desk, job) if "changes" in event["facts"]}
    assert changed["changed"] == [
        {"field": "notes", "old": "Client prefers afternoon viewing", "new": "Gate code 4711"},
        {"field": "property.title", "old": "3-Bedroom Apartment", "new": "Two-bedroom flat"},
    ]
    assert changed["moved"] == [
        {"field": name, "old": job[name], "new": moved[name]}
        for name in ("inspection_date", "inspection_time")
        if job[name] != moved[name]
    ]
    assert changed["client_changed"] == [{"field": "client.name", "old": "John Doe", "new": "Jo Doe"}]
