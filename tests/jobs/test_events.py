"""Follow-up that is killed between its last event and the end of its lease."""

from datetime import timedelta

from dispatch.actions.jobs import events
from dispatch.models import Job
from dispatch.models.base.record import utc_now
from tests.builders import a_job
from tests.conftest import Servers


def test_lease_left_after_the_last_event_is_ended_by_the_next_follow_up(stores_clean: Servers) -> None:
    job, later = a_job(), utc_now() + timedelta(minutes=1)
    leased = Job.lease_following(job.id, utc_now())
    for event in leased.unfollowed:
        Job.followed(job.id, event)
    assert Job.overdue(later) == [job.id]
    events.follow_up(job.id, later)
    assert Job.overdue(later) == []
