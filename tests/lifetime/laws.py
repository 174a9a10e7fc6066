"""What must hold after every step, whatever happened: each law looks at all that is on record and names offenders."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.rules.jobs.states import OPEN, OWNED, JobState
from sandbox.twilio import PretendTwilio

UNDECIDED = ("open", "claimed")
#: Event -> the states that it may happen in. Written out once more: the product's own table is under test.
MAY = {
    "assigned": "pending", "approved": "assigned", "in_progress": "approved", "completed": "approved in_progress",
    "cancelled": "pending assigned approved in_progress", "expired": "pending",
    "released": "assigned approved in_progress", "moved": "pending assigned approved",
}  # fmt: skip
STANDS_IN = {
    "no_agent": "pending", "unconfirmed": "assigned", "agent_inactive": "assigned approved in_progress",
    "not_completed": "approved in_progress", "reminder_missed": "approved",
    "stuck": "pending assigned approved in_progress completed cancelled expired",
}  # fmt: skip


@dataclass
class Record:
    """All that is on record, as read at once."""

    jobs: list[Job] = field(default_factory=lambda: list(Job.objects))
    offers: list[Offer] = field(default_factory=lambda: list(Offer.objects))
    agents: dict[Any, Agent] = field(default_factory=lambda: {agent.id: agent for agent in Agent.objects})
    timers: list[Timer] = field(default_factory=lambda: list(Timer.objects))
    messages: list[Message] = field(default_factory=lambda: list(Message.objects.order_by("id")))
    suspended: frozenset[str] = frozenset()  # numbers of agents who were, at any time

    def offers_of(self, job: Job) -> list[Offer]:
        """Return the offers of a job."""
        return [offer for offer in self.offers if offer.job == job.id]

    def waiting(self, job: Job) -> set[str]:
        """Return the kinds of a job's timers that wait, and will do something to its present plan."""
        present = (job.id, job.plan, job.round)
        return {t.kind for t in self.timers if (t.job, t.plan, t.round) == present and t.next_attempt_at}

    def is_active(self, agent: Any) -> bool:
        """Tell whether an agent is offered jobs, or is about to be asked whether they are."""
        return self.agents[agent].is_active


def one_owner(record: Record) -> Iterator[str]:
    """The timeline tells whose a job is, in which state, and each event was allowed."""
    for job in record.jobs:
        owner, state = None, None
        for event in job.timeline:
            name = event["name"]
            if name in MAY and state not in MAY[name].split():
                yield f"{job.code}: {name} while {state}"
            if name == "assigned":
                owner = event["agent"]
            elif name == "released":
                owner = None
            elif name in ("approved", "in_progress", "completed") and event["agent"] != owner:
                yield f"{job.code}: {name} by somebody else"
            state = event.get("to", state)
        if (job.status, job.agent) != (state, owner):
            yield f"{job.code} is {job.status} of {job.agent}, its timeline says {state} of {owner}"
        if (job.state in OWNED) and job.agent is None:
            yield f"{job.code} is {job.status} without an agent"
        if job.held_for and job.state != JobState.PENDING:
            yield f"{job.code} is {job.status} and held"


def one_winner(record: Record) -> Iterator[str]:
    """A round has one winner at most, and it is the owner."""
    won = [offer for offer in record.offers if offer.state == "won"]
    for (job, round_), times in Counter((offer.job, offer.round) for offer in won).items():
        if times > 1:
            yield f"{times} won round {round_} of {job}"
    jobs = {job.id: job for job in record.jobs}
    for offer in won:
        job = jobs[offer.job]
        if not job.unfollowed and job.agent != offer.agent:
            yield f"{job.code}: an offer of round {offer.round} is won, and the job is not theirs"


def offers_end(record: Record) -> Iterator[str]:
    """An undecided offer is of the present search, and to somebody who may take it, once all is followed."""
    jobs = {job.id: job for job in record.jobs}
    for offer in record.offers:
        job, agent = jobs[offer.job], record.agents[offer.agent]
        if offer.state not in UNDECIDED:
            continue
        present = (job.state, job.round, job.plan) == (JobState.PENDING, offer.round, offer.plan)
        if not present and not job.unfollowed:
            yield f"{job.code} is {job.status} in round {job.round}; an offer of round {offer.round} is {offer.state}"
        settling = offer.state == "claimed" and offer.settle_at
        if not (agent.is_active or agent.follow_up_at or settling or job.unfollowed):
            yield f"{job.code}: an offer to {agent.name}, who is {agent.status}, is {offer.state}"
        if present and job.held_for not in (None, offer.agent):
            yield f"{job.code} is held for somebody else than {agent.name}"


def attention_has_its_reason(record: Record) -> Iterator[str]:
    """Operations look where the reason stands."""
    for job in record.jobs:
        if job.attention and job.status not in STANDS_IN[job.attention].split():
            yield f"{job.code} is {job.status} and needs attention: {job.attention}"
        if bool(job.attention) != bool(job.attention_since):
            yield f"{job.code} needs attention since {job.attention_since}"
        if job.alert_at and not job.attention:
            yield f"{job.code}: operations are to be told, and of nothing"


def deleted_is_cancelled(record: Record) -> Iterator[str]:
    """What is deleted was called off."""
    yield from (
        f"{job.code} is deleted and {job.status}" for job in record.jobs if job.deleted_at and job.status != "cancelled"
    )


def codes_are_unique(record: Record) -> Iterator[str]:
    """No two open jobs have one code."""
    codes = Counter(job.code for job in record.jobs if job.state in OPEN)
    yield from (f"{code} is the code of {times} jobs" for code, times in codes.items() if times > 1)


def somebody_moves_it_on(record: Record) -> Iterator[str]:
    """A job that is not over has somebody or something that will move it on."""
    for job in record.jobs:
        if job.unfollowed and not job.follow_up_at:
            yield f"{job.code}: events are never followed"
        if job.state not in OPEN or job.unfollowed or job.attention:
            continue
        offers = [offer for offer in record.offers_of(job) if offer.state in UNDECIDED]
        asked = any(offer.settle_at or record.is_active(offer.agent) for offer in offers)
        changing = any(agent.follow_up_at for agent in record.agents.values())
        if job.state == JobState.PENDING and not (asked or changing):
            yield f"{job.code} is pending, and nobody is asked; timers {record.waiting(job)}"
        if job.state == JobState.PENDING and "expiry" not in record.waiting(job):
            yield f"{job.code} is pending and never expires"
        if job.held_for and "hold" not in record.waiting(job) and not changing:
            yield f"{job.code} is held for ever"
        if job.state in OWNED and not record.waiting(job) & AWAITS[job.status]:
            yield f"{job.code} is {job.status}, and nothing falls due; timers {record.waiting(job)}"


#: What falls due for a job that somebody has.
AWAITS = {
    "assigned": {"nudge", "unconfirmed"},
    "approved": {"ending", "not_completed"},
    "in_progress": {"ending", "not_completed"},
}
LAWS: tuple[Callable[[Record], Iterator[str]], ...] = (
    one_owner, one_winner, offers_end, attention_has_its_reason, deleted_is_cancelled, codes_are_unique,
    somebody_moves_it_on,
)  # fmt: skip


def broken(twilio: PretendTwilio) -> list[str]:
    """Return what is wrong, law by law."""
    record = Record()
    found = [f"{law.__name__}: {offence}" for law in LAWS for offence in law(record)]
    # Which of two messages of the same words Twilio took, when both answers were lost, nobody can tell, nor needs to.
    tried = Counter((message.phone, message.text) for message in record.messages if message.attempts)
    arrived = Counter((sent.phone, sent.body) for sent in twilio.outbox)
    return found + [f"sent {times} times too often: {what}" for what, times in (arrived - tried).items()]
