"""Agents with a long history: their open jobs are found however many jobs came later."""

from dispatch.actions.inbox import handling
from dispatch.models import Job, Offer
from dispatch.models.base.record import utc_now
from tests.api.standing import a_job_after
from tests.builders import a_job, heard


def test_open_job_is_found_behind_any_number_of_later_jobs(stores_clean):
    agent, job = a_job_after("YES", "CONFIRM")
    for _ in range(51):
        later = a_job()
        Job.objects(pk=later.id).update(agent=agent.id, status="completed")
        Offer.make(later.id, 1, 1, [agent.id], utc_now())
    Offer.objects(job__ne=job.id).update(state="won")
    handling.handle(heard(agent, f"START {job.code}").id)
    assert Job.get(job.id).status == "in_progress"
    assert [one.id for one in Job.of_agent(agent.id)][-1] == job.id
    assert len(Job.of_agent(agent.id, limit=3)) == 4
