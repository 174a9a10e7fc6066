"""Alarms: operations are notified, not too often, and again if the notice could not be delivered."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId

from config.settings import settings
from dispatch import redis_client
from dispatch.hints import tasks
from dispatch.models import Alarm, Job
from dispatch.rules.jobs.attention import Reason
from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person
from tests.stories.tasks import perform
from tests.stories.ways import approved, assigned


def test_jobs_without_agents_raise_one_alarm_in_ten_minutes(desk: StoryDesk, office: Office) -> None:
    first, second = desk.asks(), desk.asks()
    assert (desk.attention(first), desk.attention(second)) == ("no_agent", "no_agent")
    assert [alarm["job_id"] for alarm in office.alarms] == [first["id"]]
    [mark] = redis_client.client().keys("dispatch:alarm:*")
    assert 590 < redis_client.client().ttl(mark) <= 600
    redis_client.client().delete(mark)  # ten minutes later
    third = desk.asks()
    assert [alarm["job_id"] for alarm in office.alarms] == [first["id"], third["id"]]


def test_each_job_of_an_inactive_agent_raises_one_alarm(desk: StoryDesk, office: Office, ada: Person) -> None:
    jobs = [assigned(desk, ada), approved(desk, ada)]
    desk.changes(ada, status="inactive")
    assert office.reasons() == ["agent_inactive"] * 2
    assert {alarm["code"] for alarm in office.alarms} == {job["code"] for job in jobs}
    desk.changes(ada, status="suspended")
    assert office.reasons() == ["agent_inactive"] * 2


@pytest.mark.parametrize("failures", [[500], [503, 429, 500]])
def test_alarm_is_posted_again_until_the_server_accepts_it(
    desk: StoryDesk, office: Office, failures: list[int]
) -> None:
    office.statuses = list(failures)
    job = desk.asks()
    assert [alarm["job_id"] for alarm in office.alarms] == [job["id"]] * (len(failures) + 1)
    desk.asks()
    assert len(office.alarms) == len(failures) + 1


def test_alarm_that_never_arrived_does_not_suppress_the_next(desk: StoryDesk, office: Office) -> None:
    office.statuses = [500] * 6
    desk.asks()
    assert len(office.alarms) == 6
    second = desk.asks()
    assert office.alarms[-1]["job_id"] == second["id"]
    assert len(office.alarms) == 7


def test_alarm_is_posted_although_its_hint_was_lost(
    desk: StoryDesk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(tasks, "post_alarm", lambda *_: None)
        job = desk.asks()
    desk.sweep()
    assert office.alarms == []  # not yet: the task may still be in the queue
    desk.wait(minutes=2)
    desk.sweep()
    assert [alarm["job_id"] for alarm in office.alarms] == [job["id"]]
    desk.wait(minutes=15)
    redis_client.client().delete(*redis_client.client().keys("dispatch:alarm:*"))
    desk.sweep()
    assert len(office.alarms) == 1


def test_job_marked_without_an_alarm_row_is_posted_by_the_sweep(desk: StoryDesk, office: Office, ada: Person) -> None:
    """Its process died between the two writes, or was of version 0.1.0, which wrote no row for a job."""
    job = assigned(desk, ada)
    Job.flag_attention(ObjectId(job["id"]), Reason.AGENT_INACTIVE, desk.clock.now())
    desk.sweep()
    assert office.alarms == []
    desk.wait(minutes=2)
    desk.sweep()
    assert [(alarm["job_id"], alarm["reason"]) for alarm in office.alarms] == [(job["id"], "agent_inactive")]
    desk.wait(minutes=15)
    redis_client.client().delete(*redis_client.client().keys("dispatch:alarm:*"))
    desk.sweep()
    assert len(office.alarms) == 1


def test_task_of_version_0_1_0_posts_the_alarm_about_its_job(desk: StoryDesk, office: Office, ada: Person) -> None:
    job = assigned(desk, ada)
    Job.flag_attention(ObjectId(job["id"]), Reason.AGENT_INACTIVE, desk.clock.now())
    perform("workers.notifications.alert", [job["id"]])
    desk.work()
    assert [alarm["job_id"] for alarm in office.alarms] == [job["id"]]


def test_alarm_row_of_version_0_1_0_is_posted(desk: StoryDesk, office: Office) -> None:
    row = {"cause": "tier", "event": "tier_reached", "text": "Full.", "facts": {}}
    Alarm.collection().insert_one({**row, "schema_version": 1, "post_at": desk.clock.now()})
    desk.sweep()
    assert office.alarms == [{"event": "tier_reached", "text": "Full."}]


def test_second_job_without_an_agent_is_posted_if_the_first_is_cancelled_before_its_alarm_arrived(
    desk: StoryDesk, office: Office
) -> None:
    office.statuses = [500] * 12
    first, second = desk.asks(), desk.asks()
    desk.does("cancel", first)
    posted = len(office.alarms)
    office.statuses = []
    desk.wait(minutes=2)
    desk.sweep()
    assert [alarm["job_id"] for alarm in office.alarms[posted:]] == [second["id"]]


def test_alarm_is_posted_after_a_long_outage_of_the_server(desk: StoryDesk, office: Office) -> None:
    office.statuses = [500] * 6
    job = desk.asks()
    desk.wait(minutes=2)
    desk.sweep()
    assert [alarm["job_id"] for alarm in office.alarms] == [job["id"]] * 7


def test_alarm_whose_cause_ended_before_it_was_posted_is_dropped(desk: StoryDesk, office: Office) -> None:
    with desk.at_once():
        job = desk.asks()
        desk.work("broadcasting")
        desk.does("cancel", job)
    desk.wait(minutes=2)
    desk.sweep()
    assert office.alarms == []


def test_alarm_says_what_a_person_needs_and_no_phone_number(desk: StoryDesk, office: Office, ada: Person) -> None:
    job = assigned(desk, ada, timezone="Asia/Kolkata", client__name="Jo <http://evil|click>", notes="Gate code 4711")
    desk.changes(ada, status="inactive")
    [alarm] = office.alarms
    starts = datetime.fromisoformat(job["starts_at"]).astimezone(ZoneInfo("Asia/Kolkata"))
    link = f"{settings().web.public_base_url}/api/jobs/{job['id']}"
    assert alarm["text"].splitlines() == [
        f"Inspection {job['code']} needs attention: its agent is no longer active.",
        "Property: 3-Bedroom Apartment, 123 Lekki Phase 1, Lagos",
        f"When: {starts:%A} {starts.day} {starts:%B %Y}, {starts:%H:%M} (Kolkata time)",
        "Agent: Ada",
        "Client: Jo ‹http://evil|click›",
        "To do: call the agent, or give it to others (POST release)",
        link,
    ]
    assert (alarm["code"], alarm["reason"], alarm["link"]) == (job["code"], "agent_inactive", link)
    stored = str(list(Alarm.collection().find()))
    personal = [ada.phone, job["client_details"]["phone"], job["client_details"]["email"], "4711"]
    assert [fact for fact in personal if fact in str(alarm)] == []
    assert [fact for fact in (*personal, "Jo ", "Lekki") if fact in stored] == []  # names are read when it is posted


def test_attention_list_works_without_a_webhook_address(desk: StoryDesk) -> None:
    assert desk.attention(desk.asks()) == "no_agent"
