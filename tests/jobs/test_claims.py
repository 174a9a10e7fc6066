"""Claiming: the earliest to ask wins, whatever happens between two steps of the settling."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

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
    """A job whose offers have reached both."""
    return an_offered_job()


def a_yes(agent: Agent) -> Callable[[], None]:
    """Let an agent's YES arrive; return its handling."""
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
def test_an_earlier_yes_handled_while_a_later_one_is_settled_wins(
    ada: Agent, bisi: Agent, job: Job, command: str, collection: str
) -> None:
    """The rival's claim is written between the two reads: it is no longer unhandled, and it is the earliest."""
    handle_ada, handle_bisi = a_yes(ada), a_yes(bisi)
    handle_bisi()
    with just_before(command, collection, handle_ada):
        claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent == ada.id


def test_an_earlier_unhandled_yes_is_waited_for(ada: Agent, bisi: Agent, job: Job) -> None:
    handle_ada, handle_bisi = a_yes(ada), a_yes(bisi)
    handle_bisi()
    with pytest.raises(claims.NotYet):
        claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent is None
    handle_ada()
    claims.settle(job.id, server_now() + 2 * SETTLED)
    assert Job.get(job.id).agent == ada.id


def test_the_wait_is_bounded_and_noted(ada: Agent, bisi: Agent, job: Job) -> None:
    a_yes(ada)
    a_yes(bisi)()
    claims.settle(job.id, server_now() + RIVAL_BOUND + SETTLED)
    assert Job.get(job.id).agent == bisi.id
    assert "overtaken" in [event["name"] for event in Job.get(job.id).timeline]


@pytest.mark.parametrize(
    ("older", "handlings"), [(RIVAL_BOUND + SETTLED, 1), (SETTLED, claims.WAITED_FOR)], ids=["too old", "failed"]
)
def test_an_older_message_that_is_waited_for_no_longer_lets_nobody_pass(
    ada: Agent, bisi: Agent, older: timedelta, handlings: int
) -> None:
    """Chidi's message may wait for ever; Ada's came before Bisi's all the same, and is waited for."""
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
def test_the_bound_counts_from_the_earlier_arrival(
    ada: Agent, bisi: Agent, job: Job, after_the_claim: float, waits: bool
) -> None:
    """Nobody has come to handle the earlier message; the claim came 14 s after it, and waits one second more."""
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


def test_an_unhandled_message_of_somebody_not_offered_it_is_not_waited_for(ada: Agent, bisi: Agent, job: Job) -> None:
    a_yes(an_agent(name="Late"))
    a_yes(bisi)()
    claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent == bisi.id


def test_a_young_claim_waits_as_an_earlier_one_may_not_be_visible_yet(ada: Agent, job: Job) -> None:
    a_yes(ada)()
    claim = Offer.earliest_claim(job.id)
    assert claims.settle(job.id, claim.claimed_at + timedelta(milliseconds=200)) is None
    assert Job.get(job.id).agent is None
    assert claims.settle(job.id, claim.claimed_at + timedelta(milliseconds=260)).agent == ada.id


def test_equal_arrivals_are_told_apart_by_id(ada: Agent, bisi: Agent, job: Job) -> None:
    handle_ada, handle_bisi = a_yes(ada), a_yes(bisi)
    same = Message.objects.get(phone=ada.phone, direction="inbound").received_at
    Message.objects(direction="inbound").update(set__received_at=same)
    handle_bisi()
    handle_ada()
    claims.settle(job.id, server_now() + SETTLED)
    assert Job.get(job.id).agent == ada.id


def test_a_second_settler_finds_nothing_to_take(ada: Agent, bisi: Agent, job: Job) -> None:
    """Two settlers at once: one assignment, and the winner is not told that the job is taken."""
    a_yes(ada)()
    later = server_now() + SETTLED

    def another() -> None:
        Offer.objects(job=job.id).update(set__settle_at=later - SETTLED)  # as if the first one's lease had run out
        claims.settle(job.id, later)

    with just_before("find", "messages", another):
        claims.settle(job.id, later)
    names = [event["name"] for event in Job.get(job.id).timeline]
    assert names.count("assigned") == 1
    assert kinds_to(ada) == ["offer", "assigned"]


def test_a_settler_late_for_a_job_just_assigned_leaves_the_winner_alone(ada: Agent, bisi: Agent, job: Job) -> None:
    """The job moved, what follows is not written yet: the winner's claim still stands and is not a late one."""
    a_yes(ada)()
    claim = Offer.earliest_claim(job.id)
    Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": ada.id},
             agent=ada.id, offer=claim.id, cause=claim.claim, round=1)  # fmt: skip
    claims.settle(job.id, server_now() + SETTLED)
    events.follow_up(job.id, utc_now())
    assert Offer.get(claim.id).state == "won"
    assert kinds_to(ada) == ["offer", "assigned"]


def test_a_loser_of_the_race_is_told_once(ada: Agent, bisi: Agent, job: Job) -> None:
    """Their YES arrived before the job was taken and is handled after: the news that everybody gets is the answer."""
    a_yes(ada)()
    handle_late = a_yes(bisi)
    claims.settle(job.id, server_now() + RIVAL_BOUND)
    handle_late()
    assert kinds_to(bisi) == ["offer", "taken"]


@pytest.mark.parametrize("amid", ["the settling", "the handling"])
def test_a_loser_of_the_race_is_told_once_whatever_comes_between(
    ada: Agent, bisi: Agent, intruder: Intruder, amid: str
) -> None:
    """Before each command of one, all of the other happens."""
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


def test_what_was_open_on_arrival_decides_what_is_ambiguous(ada: Agent, bisi: Agent, job: Job) -> None:
    """Two offers were open when Ada wrote YES; one is taken before her message is handled: she is still asked which."""
    an_offered_job(starts_in="3d")
    handle_ada = a_yes(ada)
    inbox_handling.handle(heard(bisi, f"yes {job.code}").id)
    claims.settle(job.id, server_now() + RIVAL_BOUND)
    handle_ada()
    assert Message.objects(phone=ada.phone, kind="ask_back")
    assert not Offer.objects(agent=ada.id, claim__ne=None)


def test_an_offer_not_sent_yet_is_withdrawn_without_news(ada: Agent, bisi: Agent, job: Job) -> None:
    """Only who was offered the job, or may have been, hears that it is taken."""
    late = an_agent(name="Late")
    Job.objects(pk=job.id).update(push__unfollowed=job.timeline[0]["id"], set__follow_up_at=utc_now())
    events.follow_up(job.id, utc_now())  # the offer to Late is written, and waits
    a_yes(ada)()
    claims.settle(job.id, server_now() + SETTLED)
    assert [(m.kind, m.status) for m in Message.objects(phone=late.phone)] == [("offer", "withdrawn")]
    assert kinds_to(bisi) == ["offer", "taken"]


def test_events_left_behind_are_followed_oldest_first(ada: Agent, job: Job) -> None:
    """Assigned and approved before anything followed: the details come first, then the confirmation."""
    a_yes(ada)()
    claim = Offer.earliest_claim(job.id)
    Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": ada.id}, agent=ada.id, offer=claim.id, round=1)
    Job.move(job.id, JobState.APPROVED, utc_now(), agent=ada.id)
    events.follow_up(job.id, utc_now())
    assert kinds_to(ada) == ["offer", "assigned", "approved"]
