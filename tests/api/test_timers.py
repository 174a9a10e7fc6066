"""Timers of a job, soonest first."""

from datetime import timedelta

import pytest

from dispatch.actions.clock import due
from dispatch.actions.jobs import cancel, events
from dispatch.models import Job, Timer
from dispatch.models.base.record import utc_now
from tests.api.standing import a_job_after
from tests.builders import a_job


def timers_of(api, job):
    answer = api.get(f"/api/jobs/{job.id}/timers")
    assert answer.status_code == 200
    return answer.json


def test_waiting_timers_are_listed_soonest_first(api):
    _, job = a_job_after("YES", "CONFIRM")
    a_job_after("YES")  # timers of another job are not listed
    rows = timers_of(api, job)
    assert sorted(row["due_at"] for row in rows) == [row["due_at"] for row in rows]
    assert [row["kind"] for row in rows] == ["reminder", "ending"]
    assert rows[1] == {
        "kind": "ending",
        "due_at": (job.starts_at + timedelta(hours=1)).isoformat(),
        "waiting": True,
        "fired_at": None,
        "attempts": 0,
        "missed_at": None,
        "parked_at": None,
        "error": None,
    }


def test_fired_and_missed_timers_are_listed(api):
    _, job = a_job_after("YES")
    timer = Timer.objects.get(job=job.id, kind="nudge")
    due.fire(timer.id, timer.due_at, timer.due_at)
    [nudge] = [row for row in timers_of(api, job) if row["kind"] == "nudge"]
    assert nudge == {
        "kind": "nudge",
        "due_at": timer.due_at.isoformat(),
        "waiting": False,
        "fired_at": timer.due_at.isoformat(),
        "attempts": 1,
        "missed_at": None,
        "parked_at": None,
        "error": None,
    }
    assert [row["kind"] for row in timers_of(api, job)] == ["nudge", "unconfirmed", "visit_start"]


def test_a_job_has_timers_from_its_first_follow_up_until_its_cancellation(api):
    job = a_job()
    assert timers_of(api, job) == []
    events.follow_up(job.id, utc_now())
    assert [row["kind"] for row in timers_of(api, job)] == ["not_taken", "expiry"]
    cancel.cancel(job.id, utc_now())
    events.follow_up(job.id, utc_now())
    assert timers_of(api, job) == []


@pytest.mark.parametrize("job_id", ["65f000000000000000000000", "nonsense", "%00"])
def test_timers_of_an_unknown_job_are_answered_404(api, job_id):
    assert api.get(f"/api/jobs/{job_id}/timers").status_code == 404


def test_timers_of_a_deleted_job_are_answered_404(api):
    _, job = a_job_after("YES")
    Job.objects(pk=job.id).update(status="cancelled", deleted_at=utc_now())
    assert api.get(f"/api/jobs/{job.id}/timers").status_code == 404
