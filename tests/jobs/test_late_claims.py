"""Too late: a claim whose search is over is ended at once, whoever has the lease, and its agent told once."""

from datetime import datetime, timedelta

import pytest

from dispatch.actions.inbox import handling
from dispatch.actions.jobs import claims, events
from dispatch.models import Agent, Job, Offer
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules.jobs.states import JobState
from tests.builders import an_offered_job, heard, kinds_to
from tests.faults.interleaving import just_before

pytestmark = pytest.mark.usefixtures("stores_clean")
SETTLED = timedelta(seconds=1)


@pytest.fixture
def job(ada: Agent, bisi: Agent) -> Job:
    """A job whose offers have reached both."""
    return an_offered_job()


def ended_while_all_is_leased(job: Job, *agents: Agent) -> datetime:
    """Let these say YES, the first get the job, and whoever settled and followed it die; return the moment."""
    for agent in agents:
        handling.handle(heard(agent, "yes").id)
    won, now = Offer.earliest_claim(job.id), server_now() + SETTLED
    for offer in Offer.objects(job=job.id, state="claimed"):
        assert Offer.lease_settling(offer.id, now, now + claims.SETTLING)
    Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": won.agent},
             agent=won.agent, offer=won.id, cause=won.claim, round=1)  # fmt: skip
    return now


def test_a_claim_that_comes_too_late_is_ended_without_its_lease(ada: Agent, bisi: Agent, job: Job) -> None:
    """Nobody need wait until the lease of somebody who died runs out; who follows later tells nobody twice."""
    now = ended_while_all_is_leased(job, ada, bisi)
    claims.settle(job.id, now)
    assert [Offer.of_agent_for(agent.id, job.id).state for agent in (ada, bisi)] == ["won", "taken"]
    assert kinds_to(bisi) == ["offer", "taken"]
    claims.settle(job.id, now + claims.SETTLING)
    events.follow_up(job.id, utc_now())
    assert (kinds_to(ada), kinds_to(bisi)) == (["offer", "assigned"], ["offer", "taken"])


def test_a_claim_of_an_earlier_search_is_ended_and_the_new_offer_is_the_news(ada: Agent, job: Job) -> None:
    handling.handle(heard(ada, "yes").id)
    Job.collection().update_one({"_id": job.id}, {"$set": {"round": 2}})
    assert claims.settle(job.id, server_now() + SETTLED) is None
    assert (Offer.of_agent_for(ada.id, job.id).state, kinds_to(ada)) == ("closed", ["offer"])


def test_a_claim_that_may_still_win_waits_for_its_lease(ada: Agent, job: Job) -> None:
    handling.handle(heard(ada, "yes").id)
    claim, now = Offer.earliest_claim(job.id), server_now() + SETTLED
    assert Offer.lease_settling(claim.id, now, now + claims.SETTLING)
    assert claims.settle(job.id, now) is None
    assert (Job.get(job.id).status, Offer.get(claim.id).state) == ("pending", "claimed")


def test_a_claim_that_another_ends_while_it_is_settled_is_told_once(ada: Agent, job: Job) -> None:
    """The settler has read a pending job; it is cancelled, and somebody else ends the claim, before the move."""
    handling.handle(heard(ada, "yes").id)
    now = server_now() + SETTLED

    def called_off() -> None:
        Job.move(job.id, JobState.CANCELLED, utc_now())
        claims.settle(job.id, now)

    with just_before("findAndModify", "jobs", called_off):
        assert claims.settle(job.id, now) is None
    events.follow_up(job.id, utc_now())
    assert (Job.get(job.id).status, kinds_to(ada)) == ("cancelled", ["offer", "withdrawn"])


def test_whoever_can_not_be_told_that_it_is_too_late_is_told_later(ada: Agent, bisi: Agent, job: Job) -> None:
    """Telling fails: the claim stands, whoever has its lease or not, is tried again, and its agent told once."""
    now = ended_while_all_is_leased(job, ada, bisi)
    Agent.collection().update_one({"_id": bisi.id}, {"$set": {"_cls": "Unheard.of"}})
    claims.settle(job.id, now)
    claims.settle(job.id, now + claims.SETTLING)
    stands = Offer.of_agent_for(bisi.id, job.id)
    assert (stands.state, kinds_to(bisi)) == ("claimed", ["offer"])
    Agent.collection().update_one({"_id": bisi.id}, {"$unset": {"_cls": 1}})
    claims.settle(job.id, stands.settle_at)
    assert (Offer.get(stands.id).state, kinds_to(bisi)) == ("taken", ["offer", "taken"])
