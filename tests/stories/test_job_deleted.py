"""A job is deleted: cancelled and hidden from the platform, while its messages are kept."""

import pytest

from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import INTO, approved


def lists_of(job: Job, agent: Person) -> list[str]:
    """Return the lists in which a job could appear."""
    return [
        "/api/jobs/?page_size=100",
        "/api/jobs/?status=cancelled",
        f"/api/jobs/?client_id={job['client_id']}",
        f"/api/jobs/client/{job['client_id']}/jobs",
        f"/api/jobs/property/{job['property_id']}/jobs",
        f"/api/jobs/agent/{agent.phone}/jobs",
        "/api/jobs/?attention=false",
    ]


@pytest.mark.parametrize("state", ["pending", "approved", "cancelled"])
def test_deleted_job_is_in_no_list_and_not_found(desk: StoryDesk, ada: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    desk.deletes(job)
    for path in ("", "/timeline", "/offers"):
        desk.call("GET", f"/api/jobs/{job['id']}{path}", expect=404)
    for path in lists_of(job, ada):
        assert desk.call("GET", path) == []


def test_call_on_a_deleted_job_is_refused_and_sends_nothing(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    desk.deletes(job)
    desk.no_news()
    desk.deletes(job, expect=404)
    desk.puts(job, expect=404, notes="The gate code is 4711")
    for what in ("cancel", "release", "approve_schedule", "complete_inspection"):
        desk.does(what, job, expect=404)
    assert desk.news(ada) == desk.news(client_of(job)) == []


def test_deleting_a_cancelled_job_sends_nothing(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    desk.does("cancel", job)
    desk.no_news()
    desk.deletes(job)
    assert desk.news(ada) == desk.news(client_of(job)) == []


def test_messages_about_a_deleted_job_are_kept(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada)
    desk.deletes(job)
    said = desk.call("GET", f"/api/messages/?job_id={job['id']}&page_size=100&sort=created_at")
    assert [message["kind"] for message in said if message["direction"] == "outbound"] == [
        "offer",
        "assigned",
        "approved",
        "approved_client",
        "cancelled_client",
        "cancelled_agent",
    ]
    assert [message["text"] for message in said if message["direction"] == "inbound"] == [
        f"YES {job['code']}",
        f"CONFIRM {job['code']}",
    ]


def test_other_jobs_stay_in_the_lists(desk: StoryDesk, ada: Person) -> None:
    job, other = desk.asks(client__client_id="c1"), desk.asks(client__client_id="c1")
    desk.deletes(job)
    assert [row["id"] for row in desk.call("GET", "/api/jobs/")] == [other["id"]]
    assert [row["id"] for row in desk.call("GET", "/api/jobs/client/c1/jobs")] == [other["id"]]
