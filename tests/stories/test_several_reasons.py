"""A job can need attention for several reasons at once: each stays until it ends by itself."""

from bson import ObjectId

from dispatch.models import Job
from dispatch.rules.jobs.attention import Reason
from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person
from tests.stories.ways import approved, assigned


def reasons(desk: StoryDesk, job: dict) -> list[str]:
    """Return the reasons of a job, and check that the list filtered by each has the job, and no other one."""
    shown = desk.job(job)
    found = [each["reason"] for each in shown["attentions"]]
    newest = shown["attentions"][-1] if found else {"reason": None, "since": None}
    assert (shown["attention"], shown["attention_since"]) == (newest["reason"], newest["since"])
    for reason in Reason:
        listed = [row["id"] for row in desk.call("GET", f"/api/jobs/?attention={reason}")]
        assert (job["id"] in listed) == (reason in found), reason
    return found


def test_earlier_reason_stays_listed_beside_the_newest_and_ends_by_itself(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    job = assigned(desk, ada)
    desk.wait(hours=4)
    assert reasons(desk, job) == ["unconfirmed"]
    desk.changes(ada, status="inactive")
    assert reasons(desk, job) == ["unconfirmed", "agent_inactive"]
    assert office.reasons() == ["unconfirmed", "agent_inactive"]
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert reasons(desk, job) == ["agent_inactive"]
    assert office.reasons() == ["unconfirmed", "agent_inactive"]  # no second alarm about the same
    desk.changes(ada, status="active")
    assert reasons(desk, job) == []


def test_alarm_about_each_reason_is_recorded_by_the_sweep_when_its_process_died(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    job = approved(desk, ada)
    for reason in (Reason.AGENT_INACTIVE, Reason.NOT_COMPLETED):
        Job.flag_attention(ObjectId(job["id"]), reason, desk.clock.now())
    desk.wait(minutes=2)
    desk.sweep()
    assert office.reasons() == ["agent_inactive", "not_completed"]
    assert Job.get(job["id"]).alert_at is None


def test_reasons_are_right_after_version_0_2_0_has_written_or_unset_the_newest_alone(
    desk: StoryDesk, ada: Person
) -> None:
    job = assigned(desk, ada)
    row, now = {"_id": ObjectId(job["id"])}, desk.clock.now()
    Job.collection().update_one(row, {"$set": {"attention": "unconfirmed", "attention_since": now}})
    desk.changes(ada, status="inactive")
    assert reasons(desk, job) == ["unconfirmed", "agent_inactive"]
    Job.collection().update_one(row, {"$unset": {"attention": 1, "attention_since": 1, "alert_at": 1}})
    assert reasons(desk, job) == []
    Job.flag_attention(row["_id"], Reason.AGENT_INACTIVE, now)
    assert reasons(desk, job) == ["agent_inactive"]
