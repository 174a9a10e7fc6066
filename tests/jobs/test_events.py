"""Following, killed between its last event and giving the lease back."""

from datetime import timedelta

from dispatch.actions.jobs import events
from dispatch.models import Job
from dispatch.models.base.record import utc_now
from tests.builders import a_job
from tests.conftest import Servers


def test_a_lease_that_outlived_its_last_event_is_not_hinted_at_for_ever(stores_clean: Servers) -> None:
    job, later = a_job(), utc_now() + timedelta(minutes=1)
    leased = Job.lease_following(job.id, utc_now())
    for event in leased.unfollowed:
        Job.followed(job.id, event)
    assert Job.overdue(later) == [job.id]
    events.follow_up(job.id, later)
    assert Job.overdue(later) == []
