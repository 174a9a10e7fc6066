"""The life of a job: which state may be reached from which."""

import pytest

from dispatch.rules import job_states
from dispatch.rules.job_states import JobState


@pytest.mark.parametrize(
    ("target", "sources"),
    [
        ("pending", []),
        ("assigned", ["pending"]),
        ("approved", ["assigned"]),
        ("in_progress", ["approved"]),
        ("completed", ["approved", "in_progress"]),
        ("cancelled", ["approved", "assigned", "in_progress", "pending"]),
        ("expired", ["pending"]),
    ],
)
def test_may_reach(target, sources):
    assert job_states.may_reach(JobState(target)) == sources


def test_what_has_ended_never_moves_again():
    ended = set(JobState) - set(job_states.OPEN)
    assert ended == {JobState.COMPLETED, JobState.CANCELLED, JobState.EXPIRED}
    assert not any(ended & sources for sources in job_states.REACHED_FROM.values())


def test_an_owned_job_is_open():
    assert set(job_states.OWNED) == set(job_states.OPEN) - {JobState.PENDING}
