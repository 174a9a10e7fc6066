"""Claims: an agent replies YES, and the earliest claim gets the job."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import structlog
from bson import ObjectId

from config.settings import settings
from dispatch import shelf
from dispatch.actions import alarms, failures
from dispatch.actions.jobs import events
from dispatch.actions.offers import rounds
from dispatch.hints import tasks
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.models.message.inbound import AT_ONCE
from dispatch.rules import timing
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import kinds

log = structlog.get_logger(__name__)


#: Lease for settling one claim; a sweep lets another worker try afterwards.
SETTLE_LEASE = timedelta(seconds=3)
#: A message that may be an earlier claim is not waited for once handling it has failed this often.
TRIES_WAITED_FOR = 2


class NotYet(Exception):
    """A claim can't be settled before `seconds` have passed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def claim(message: Message, offer: Offer, *, state: OfferState = OfferState.OPEN) -> bool:
    """Write a message's claim on an offer and enqueue its settling. Return False if the offer is not in this state."""
    settle_after = timedelta(milliseconds=settings().offers.settle_after_ms)
    claimed = Offer.write_claim(offer.id, message.id, message.received_at, message.received_at + settle_after, state)
    if claimed is None:
        return False
    known = Message.get(message.id)
    if known and known.received_at < message.received_at:  # recovery has set its arrival back in between
        Offer.set_claim_back(offer.id, message.id, known.received_at)
    first = Offer.earliest_claim(claimed.job)
    if first and first.claim == message.id:  # a later claim is settled together with the earlier one, which is enqueued
        tasks.settle(claimed.job, settle_after.total_seconds())
    return True


def settle(job_id: ObjectId, now: datetime) -> Job | None:
    """Give a pending job to its earliest claim and return the job. Return None if nothing is left to settle.

    `now` is MongoDB's clock: it is compared with arrivals, which MongoDB stamps. Raises NotYet(seconds) while an
    earlier message may still turn out to be a claim, and Unknown.
    """
    while first := Offer.earliest_claim(job_id):
        ids = {"job": str(job_id), "offer": str(first.id)}
        leased = Offer.lease_settling(first.id, now, now + SETTLE_LEASE)
        if leased is None:
            job, wrong = failures.attempt(first.tries or 1, partial(_job_to_win, job_id, first, now), **ids)
            if job or wrong:
                return None
            continue
        settled, wrong = failures.attempt(leased.tries or 1, partial(_settle, job_id, leased, now), **ids)
        if isinstance(settled, NotYet):
            raise settled
        if settled:
            return settled
        if wrong and Offer.failed(leased, wrong, now):
            _parked(job_id, leased, wrong.error, now)
    Job.expect(job_id)
    return None


def _settle(job_id: ObjectId, first: Offer, now: datetime) -> Job | NotYet | None:
    """Decide about the earliest claim, which is leased. Return None if the earliest claim must be read again."""
    job = _job_to_win(job_id, first, now)
    if job is None:
        return None
    agent = Agent.get(first.agent)
    if agent is None or not agent.is_active:
        _end_claim_of_inactive(job, first, now)
        return None
    wait = _wait(first, now)
    if wait.seconds > 0:
        Offer.settle_later(first.id, now + timedelta(seconds=wait.seconds))
        return NotYet(wait.seconds)
    if not _same(Offer.earliest_claim(job_id), first):  # an earlier message became a claim between the two reads
        return None
    moved = Job.move(
        job_id,
        JobState.ASSIGNED,
        now,
        guard={"round": first.round},
        change={"agent": agent.id},
        agent=agent.id,
        offer=first.id,
        cause=first.claim,
        round=first.round,
    )
    if moved:
        log.info("job assigned", job=str(job_id), agent=str(agent.id))
        if wait.overtaken:
            Job.note(job_id, "overtaken", now, agent=agent.id)
        events.follow_up(job_id, now)
    return moved


def _job_to_win(job_id: ObjectId, claimed: Offer, now: datetime) -> Job | None:
    """Return the job that a claim may still get. If the job's search is over, end the claim and return None.

    Ending a claim needs no lease: it is harmless if repeated, also by two workers at once.
    """
    job = Job.get(job_id)
    if job and job.state == JobState.PENDING and job.round == claimed.round:
        return job
    _end_late_claim(job, claimed, now)
    return None


def _parked(job_id: ObjectId, claimed: Offer, wrong: str, now: datetime) -> None:
    """Note on the job that a claim is parked. It is settled after all others, and operations get an alarm."""
    Job.note(job_id, "stuck", now, offer=claimed.id, agent=claimed.agent, error=wrong)
    if job := Job.get(job_id):
        alarms.flag_attention(job, Reason.STUCK, now)


def _wait(first: Offer, now: datetime) -> timing.Wait:
    return timing.until_settled(
        first.claimed_at,
        now,
        settle_after=timedelta(milliseconds=settings().offers.settle_after_ms),
        rivals=((each.received_at, each.failures(now) >= TRIES_WAITED_FOR) for each in _unhandled_rivals(first)),
        rescued_waiting=shelf.messages_wait(),
    )


def _unhandled_rivals(first: Offer) -> Iterator[Message]:
    """Yield the unhandled messages older than the claim, from agents who were offered this job, newest first."""
    earlier = Message.unhandled_before(first.claimed_at, first.claim)
    while some := list(itertools.islice(earlier, AT_ONCE)):
        agents = Agent.ids_by_phone({message.phone for message in some})
        offered = Offer.offered_among(first.job, agents)
        phones = {phone for agent, phone in agents.items() if agent in offered}
        yield from (message for message in some if message.phone in phones)


def _end_late_claim(job: Job | None, claimed: Offer, now: datetime) -> None:
    """End a claim whose job is no longer searching: the winner's own, or one written while its offer was being closed.

    Such an agent gets the same news as all other agents, under the same key, so once. The news is written before the
    claim ends: if the process dies in between, the claim is still there to be settled. After a move or a release, the
    news is the offer of the new round.
    """
    won = job.last_event(JobState.ASSIGNED) if job else None
    gone = job.last_event(JobState.CANCELLED) if job else None
    if won and won["offer"] == claimed.id:
        rounds.settle_offer(claimed.id)
        return
    if job and gone:
        kind, state, cause = kinds.WITHDRAWN, OfferState.WITHDRAWN, gone["id"]
    elif job and won and won["round"] == claimed.round:
        kind, state, cause = kinds.TAKEN, OfferState.TAKEN, won["id"]
    else:
        Offer.close(claimed.id, OfferState.CLOSED)
        return
    claimed.state = state.value
    rounds.send_lost(kind, job, cause, [claimed], state, now)
    Offer.close(claimed.id, state)


def _end_claim_of_inactive(job: Job, claimed: Offer, now: datetime) -> None:
    """End the claim of an agent who is no longer active. Without other agents, alarm operations; end a hold."""
    if not job.held_for:  # before it closes: after a crash nothing would show that it was the last
        rounds.flag_if_no_agent_left(job, now, besides=claimed.agent)
    Offer.close(claimed.id, OfferState.CLOSED)
    if job.held_for:
        rounds.end_hold(job, "inactive", now)
    else:
        rounds.flag_if_no_agent_left(job, now)


def _same(one: Offer | None, other: Offer) -> bool:
    return one is not None and (one.id, one.claim) == (other.id, other.claim)
