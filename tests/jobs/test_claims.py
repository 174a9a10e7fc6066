"""Claims: the earliest YES wins, whatever happens between two steps of the settling."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from dispatch import shelf
from dispatch.actions.inbox import handling as inbox_handling
from dispatch.actions.jobs import claims, events
from dispatch.models import Agent, Job, Message, Offer
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules.jobs.states import JobState
from dispatch.rules.timing import RIVAL_BOUND
from tests.builders import an_agent, an_offered_job, heard, kinds_to, lease
from tests.faults.interleaving import Intruder, just_before

pytestmark = pytest.mark.usefixtures("stores_clean")
SETTLED = timedelta(seconds=1)


@pytest.fixture
def job(ada: Agent, bisi: Agent) -> Job:
    """A job whose offers have arrived at both agents."""
    return an_offered_job()


def a_yes(agent: Agent) -> Callable[[], None]:
    """Let an agent's YES arrive and return the function that handles it."""
    message = heard(agent, "yes")
    return lambda: inbox_handling.handle(message.id)


@pytest.mark.parametrize(
    ("command", "collection"),
    [
        pytest.param("find", "jobs", id="before the job is read"),
        pytest.param("find", "agents", id="before the agent is read"),
        pytest.param("findAndModify", "offers", id="before the claim is leased"),
        pytest.param("find", "messages", id="before unhandled rivals are looked for"),
    ],
)
def test_earlier_yes_that_is_handled_while_a_later_one_is_settled_wins(
    ada: Agent, bisi: Agent, job: Job, command: str, collection: str
) -> None:
    """The earlier claim is written between the two reads: it is not unhandled any more, and it is the earliest."""
    handle_ada, handle_bisi = a_yes(ada), a_yes(bisi)
    handle_bisi()
    with just_before(command, collection, handle_ada):
        claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent == ada.id


def test_claim_waits_for_an_earlier_unhandled_yes(ada: Agent, bisi: Agent, job: Job) -> None:
    handle_ada, handle_bisi = a_yes(ada), a_yes(bisi)
    handle_bisi()
    with pytest.raises(claims.NotYet):
        claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent is None
    handle_ada()
    claims.settle(job.id, server_now() + 2 * SETTLED)
    assert Job.get(job.id).agent == ada.id


def test_claim_waits_while_a_message_waits_on_the_shelf(bisi: Agent, job: Job) -> None:
    """The message on the shelf may be an earlier YES: nobody has read it yet."""
    a_yes(bisi)()
    shelf.keep("inbound", {"MessageSid": "SM" + "1" * 32, "From": "whatsapp:+2348030000001"}, {}, utc_now())
    with pytest.raises(claims.NotYet):
        claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent is None
    shelf.remove(shelf.entries()[0])
    claims.settle(job.id, server_now() + 2 * SETTLED)
    assert Job.get(job.id).agent == bisi.id


def test_claim_waits_no_longer_than_the_bound_and_the_job_notes_it(ada: Agent, bisi: Agent, job: Job) -> None:
    a_yes(ada)
    a_yes(bisi)()
    claims.settle(job.id, server_now() + RIVAL_BOUND + SETTLED)
    assert Job.get(job.id).agent == bisi.id
    assert "overtaken" in [event["name"] for event in Job.get(job.id).timeline]


@pytest.mark.parametrize(
    ("older", "handlings"), [(RIVAL_BOUND + SETTLED, 1), (SETTLED, claims.TRIES_WAITED_FOR)], ids=["too old", "failed"]
)
def test_claim_still_waits_for_the_earlier_message_when_an_older_one_is_given_up(
    ada: Agent, bisi: Agent, older: timedelta, handlings: int
) -> None:
    """Chidi's message is given up. Ada's message came before Bisi's, so the claim waits for it."""
    chidi = an_agent()
    job = an_offered_job()
    stuck = heard(chidi, "yes")
    past = {"received_at": stuck.received_at - older, "handlings": handlings, "next_attempt_at": utc_now() - SETTLED}
    Message.collection().update_one({"_id": stuck.id}, {"$set": past})
    handle_ada, handle_bisi = a_yes(ada), a_yes(bisi)
    handle_bisi()
    with pytest.raises(claims.NotYet):
        claims.settle(job.id, server_now() + SETTLED)
    handle_ada()
    claims.settle(job.id, server_now() + 2 * SETTLED)
    assert Job.get(job.id).agent == ada.id


@pytest.mark.parametrize(
    ("after_the_claim", "waits"),
    [pytest.param(0.9, True, id="14.9 s after the rival's"), pytest.param(1.1, False, id="15.1 s after the rival's")],
)
def test_bound_counts_from_the_arrival_of_the_earlier_message(
    ada: Agent, bisi: Agent, job: Job, after_the_claim: float, waits: bool
) -> None:
    """The earlier message is unhandled. The claim came 14 s after it and waits one more second."""
    a_yes(ada)
    a_yes(bisi)()
    claim = Offer.earliest_claim(job.id)
    Message.objects(phone=ada.phone, direction="inbound").update(received_at=claim.claimed_at - RIVAL_BOUND + SETTLED)
    now = claim.claimed_at + timedelta(seconds=after_the_claim)
    if waits:
        with pytest.raises(claims.NotYet):
            claims.settle(job.id, now)
    else:
        assert claims.settle(job.id, now).agent == bisi.id


def test_claim_does_not_wait_for_a_message_of_an_agent_without_an_offer(ada: Agent, bisi: Agent, job: Job) -> None:
    a_yes(an_agent(name="Late"))
    a_yes(bisi)()
    claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent == bisi.id


def test_new_claim_waits_because_an_earlier_one_may_not_be_visible_yet(ada: Agent, job: Job) -> None:
    a_yes(ada)()
    claim = Offer.earliest_claim(job.id)
    assert claims.settle(job.id, claim.claimed_at + timedelta(milliseconds=200)) is None
    assert Job.get(job.id).agent is None
    assert claims.settle(job.id, claim.claimed_at + timedelta(milliseconds=260)).agent == ada.id


def test_claims_with_equal_arrivals_are_ordered_by_id(ada: Agent, bisi: Agent, job: Job) -> None:
    handle_ada, handle_bisi = a_yes(ada), a_yes(bisi)
    same = Message.objects.get(phone=ada.phone, direction="inbound").received_at
    Message.objects(direction="inbound").update(set__received_at=same)
    handle_bisi()
    handle_ada()
    claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent == ada.id


def test_second_settler_changes_nothing(ada: Agent, bisi: Agent, job: Job) -> None:
    """Two workers settle at once: there is one assignment, and the winner gets no message that the job is taken."""
    a_yes(ada)()
    later = server_now() + SETTLED

    def another() -> None:
        Offer.objects(job=job.id).update(set__settle_at=later - SETTLED)  # the lease of the first worker has run out
        claims.settle(job.id, later)

    with just_before("find", "messages", another):
        claims.settle(job.id, later)
    names = [event["name"] for event in Job.get(job.id).timeline]
    assert names.count("assigned") == 1
    assert kinds_to(ada) == ["offer", "assigned"]


def test_late_settler_of_a_job_just_assigned_keeps_the_winner(ada: Agent, bisi: Agent, job: Job) -> None:
    """The job is assigned and its consequences are not written yet: the winner's claim is not a late one."""
    a_yes(ada)()
    claim = Offer.earliest_claim(job.id)
    Job.move(
        job.id,
        JobState.ASSIGNED,
        utc_now(),
        change={"agent": ada.id},
        agent=ada.id,
        offer=claim.id,
        cause=claim.claim,
        round=1,
    )
    claims.settle(job.id, server_now() + SETTLED)
    events.follow_up(job.id, utc_now())
    assert Offer.get(claim.id).state == "won"
    assert kinds_to(ada) == ["offer", "assigned"]


def test_slower_agent_gets_one_message(ada: Agent, bisi: Agent, job: Job) -> None:
    """The YES arrived before the job was taken and is handled afterwards: the message to all agents is the answer."""
    a_yes(ada)()
    handle_late = a_yes(bisi)
    claims.settle(job.id, server_now() + RIVAL_BOUND)
    handle_late()
    assert kinds_to(bisi) == ["offer", "taken"]


@pytest.mark.parametrize("amid", ["the settling", "the handling"])
def test_slower_agent_gets_one_message_whatever_runs_in_between(
    ada: Agent, bisi: Agent, intruder: Intruder, amid: str
) -> None:
    """All of one action runs before each command of the other."""
    for command in range(1, 40):
        Message.objects.delete()
        job = an_offered_job()
        a_yes(ada)()
        handling, settling = a_yes(bisi), partial(_settled_and_sent, job)
        work, happens = (settling, handling) if amid == "the settling" else (handling, settling)
        intruder.amid(work, command, happens)
        assert kinds_to(bisi) == ["offer", "taken"], f"before command {command}"
        assert Job.get(job.id).agent == ada.id


def _settled_and_sent(job: Job) -> None:
    claims.settle(job.id, server_now() + RIVAL_BOUND)
    for message in Message.objects(job=job.id, status="queued"):
        lease(message.id, utc_now())


def test_yes_is_ambiguous_if_two_offers_were_open_when_it_arrived(ada: Agent, bisi: Agent, job: Job) -> None:
    """Two offers were open when Ada wrote YES. One is taken before her message is handled, and she is asked which."""
    an_offered_job(starts_in="3d")
    handle_ada = a_yes(ada)
    inbox_handling.handle(heard(bisi, f"yes {job.code}").id)
    claims.settle(job.id, server_now() + RIVAL_BOUND)
    handle_ada()
    assert Message.objects(phone=ada.phone, kind="ask_back")
    assert not Offer.objects(agent=ada.id, claim__ne=None)


def test_unsent_offer_is_withdrawn_without_a_message(ada: Agent, bisi: Agent, job: Job) -> None:
    """Only agents whose offer was sent, or may have been, get the message that the job is taken."""
    late = an_agent(name="Late")
    Job.objects(pk=job.id).update(push__unfollowed=job.timeline[0]["id"], set__follow_up_at=utc_now())
    events.follow_up(job.id, utc_now())  # the offer to Late is written and not sent
    a_yes(ada)()
    claims.settle(job.id, server_now() + SETTLED)
    assert [(m.kind, m.status) for m in Message.objects(phone=late.phone)] == [("offer", "withdrawn")]
    assert kinds_to(bisi) == ["offer", "taken"]


def test_unfollowed_events_are_followed_up_oldest_first(ada: Agent, job: Job) -> None:
    """The job is assigned and approved before any follow-up: the details come first, then the confirmation."""
    a_yes(ada)()
    claim = Offer.earliest_claim(job.id)
    Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": ada.id}, agent=ada.id, offer=claim.id, round=1)
    Job.move(job.id, JobState.APPROVED, utc_now(), agent=ada.id)
    events.follow_up(job.id, utc_now())
    assert kinds_to(ada) == ["offer", "assigned", "approved"]
