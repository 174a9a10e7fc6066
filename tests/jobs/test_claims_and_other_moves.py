"""A NO or STOP during the settling of a YES, and a pause while offers are written: the end is consistent."""

from datetime import timedelta
from functools import partial

import pytest
from bson import ObjectId

from dispatch.actions.inbox import handling as inbox_handling
from dispatch.actions.jobs import claims, events, replan
from dispatch.actions.operations import law_check
from dispatch.actions.people import agents, decisions
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules.jobs.states import JobState
from dispatch.rules.timing import RIVAL_BOUND
from tests.builders import a_job, an_offered_job, heard, kinds_to, lease
from tests.faults.interleaving import Intruder

pytestmark = pytest.mark.usefixtures("stores_clean")


def clear() -> None:
    """Delete all documents except the agents."""
    for document in (Message, Job, Offer, Timer):
        document.objects.delete()


def claimed_and_taken_back(ada: Agent) -> tuple[Job, ObjectId]:
    """Return a job that Ada has claimed, and her unhandled message that takes the claim back."""
    job = an_offered_job()
    inbox_handling.handle(heard(ada, "yes").id)
    return job, heard(ada, f"no {job.code}").id


def settle_and_send(job_id: ObjectId) -> None:
    """Settle, follow up, and begin to send the messages."""
    claims.settle(job_id, server_now() + RIVAL_BOUND)
    for message in Message.objects(job=job_id, status="queued"):
        lease(message.id, utc_now())


def offences() -> list[str]:
    """Return the laws that jobs violate."""
    return offences_of("job")


def offences_of(*kinds: str) -> list[str]:
    """Return the laws that documents of these kinds violate."""
    return [each.law for each in law_check.check(timedelta(), days=1).offences if each.kind in kinds]


@pytest.mark.parametrize("amid", ["the settling", "the handling"])
def test_no_during_the_settling_of_the_agents_yes_leaves_a_consistent_job(
    ada: Agent, bisi: Agent, intruder: Intruder, amid: str
) -> None:
    """All of one action runs before each command of the other."""
    for command in range(1, 60):
        clear()
        job, taken_back = claimed_and_taken_back(ada)
        handling, settling = partial(inbox_handling.handle, taken_back), partial(settle_and_send, job.id)
        work, happens = (settling, handling) if amid == "the settling" else (handling, settling)
        intruder.amid(work, command, happens)
        events.follow_up(job.id, utc_now())
        left, hers = Job.get(job.id), Offer.of_agent_for(ada.id, job.id)
        assert (left.state, left.agent) == (JobState.PENDING, None), f"before command {command}"
        assert Offer.of_agent_for(bisi.id, job.id).state == "open", f"before command {command}"
        told = [kind for kind in kinds_to(ada) if kind in ("declined", "released")]
        assert told == [hers.state], f"before command {command}"
        assert offences() == []


def test_no_to_an_old_plan_does_not_release_the_moved_job(ada: Agent, bisi: Agent) -> None:
    """The NO refers to the plan that they said YES to. The agent is asked about the new plan."""
    job, taken_back = claimed_and_taken_back(ada)
    settle_and_send(job.id)
    replan.replace(job.id, {"inspection_time": "06:07"}, utc_now())
    inbox_handling.handle(taken_back)
    assert Job.get(job.id).agent == ada.id


def test_no_of_an_agent_who_knows_that_they_have_the_job_is_explained(ada: Agent, bisi: Agent) -> None:
    job = an_offered_job()
    inbox_handling.handle(heard(ada, "yes").id)
    settle_and_send(job.id)
    inbox_handling.handle(heard(ada, f"no {job.code}").id)
    assert Job.get(job.id).agent == ada.id


@pytest.mark.parametrize("moves", [1, 2])
@pytest.mark.parametrize("followed", ["at once", "together"])
def test_yes_to_a_round_ended_by_a_move_is_answered_when_another_agent_wins(
    ada: Agent, bisi: Agent, moves: int, followed: str
) -> None:
    """The new offer is the answer to Ada's YES. It is withdrawn unsent, because Bisi got hers earlier and wins."""
    job = an_offered_job()
    inbox_handling.handle(heard(ada, f"yes {job.code}").id)
    for day in range(moves):
        replan.replace(job.id, {"inspection_date": f"{utc_now() + timedelta(days=5 + day):%F}"}, utc_now())
        if followed == "at once":
            events.follow_up(job.id, utc_now())
    events.follow_up(job.id, utc_now())
    lease(Message.objects.get(phone=bisi.phone, kind="offer", status="queued").id, utc_now())
    inbox_handling.handle(heard(bisi, f"yes {job.code}").id)
    settle_and_send(job.id)
    assert Job.get(job.id).agent == bisi.id
    said = Message.objects(phone=ada.phone, direction="outbound", status__ne="withdrawn").order_by("id")
    assert [each.kind for each in said] == ["offer", "taken"]


def test_stop_during_the_settling_of_the_agents_yes_leaves_a_consistent_job(
    ada: Agent, bisi: Agent, intruder: Intruder
) -> None:
    """Before each command: the agent has won and operations have an alarm, or the others may still take the job."""
    for command in range(1, 60):
        clear()
        job = an_offered_job()
        inbox_handling.handle(heard(ada, "yes").id)
        intruder.amid(partial(settle_and_send, job.id), command, partial(decisions.opt_out, ada.phone, server_now()))
        events.follow_up(job.id, utc_now())
        left, hers = Job.get(job.id), Offer.of_agent_for(ada.id, job.id)
        ends = [(JobState.ASSIGNED, ada.id, "agent_inactive", "won"), (JobState.PENDING, None, None, "closed")]
        assert (left.state, left.agent, left.attention, hers.state) in ends, f"before command {command}"
        assert offences() == [], f"before command {command}"
        decisions.opt_in(ada.phone, utc_now())


def test_pause_while_offers_are_written_leaves_both_offer_and_message_or_neither(
    ada: Agent, bisi: Agent, intruder: Intruder
) -> None:
    """Before each command: the agent has an offer with its message, or neither. After RESUME they have one of each."""
    for command in range(1, 40):
        clear()
        job = a_job()
        until = utc_now() + timedelta(hours=2)
        intruder.amid(
            partial(events.follow_up, job.id, utc_now()), command, partial(agents.pause, ada, until, utc_now())
        )
        agents.follow_agent(ada.id, utc_now() + timedelta(minutes=1))
        asked = {offer.agent for offer in Offer.of_job(job.id) if offer.state == "open"}
        assert {ada.id} & asked == {ada.id} & set(Message.objects(kind="offer").distinct("agent")), f"before {command}"
        assert bisi.id in asked, f"before command {command}"
        assert offences_of("job", "offer", "agent") == [], f"before command {command}"
        decisions.opt_in(ada.phone, utc_now())
        agents.follow_agent(ada.id, utc_now() + timedelta(minutes=1))
        assert kinds_to(ada) == ["offer"], f"before command {command}"
