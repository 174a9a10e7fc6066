"""The laws of the desk, written a second time: `flask check` has the product's own.

Stories, lifetimes and chaos check them. Each law looks at all documents and names those that break it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dispatch.models import Agent, Contact, Job, Message, Offer, Timer
from dispatch.rules import phones
from dispatch.rules.jobs.states import OPEN, OWNED, JobState
from sandbox.twilio import PretendTwilio

UNDECIDED = ("open", "claimed")
#: Event -> the states that it may happen in. Written a second time, as the product's own table is under test.
MAY = {
    "assigned": "pending",
    "approved": "assigned",
    "in_progress": "approved",
    "completed": "approved in_progress",
    "cancelled": "pending assigned approved in_progress",
    "expired": "pending",
    "reopened": "completed",
    "reopened_in_progress": "completed",
    "released": "assigned approved in_progress",
    "moved": "pending assigned approved",
}
STANDS_IN = {
    "no_agent": "pending",
    "not_reached": "pending",
    "not_taken": "pending",
    "unconfirmed": "assigned",
    "agent_inactive": "assigned approved in_progress",
    "not_completed": "approved in_progress",
    "reminder_missed": "approved",
    "needs_answer": "pending assigned approved in_progress completed cancelled expired",
    "client_not_reached": "pending assigned approved in_progress cancelled expired",
    "stuck": "pending assigned approved in_progress completed cancelled expired",
}


@dataclass
class Record:
    """All documents, as the database has them now or as a test gives them."""

    jobs: list[Job] = field(default_factory=lambda: list(Job.objects))
    offers: list[Offer] = field(default_factory=lambda: list(Offer.objects))
    agents: dict[Any, Agent] = field(default_factory=lambda: {agent.id: agent for agent in Agent.objects})
    timers: list[Timer] = field(default_factory=lambda: list(Timer.objects))
    messages: list[Message] = field(default_factory=lambda: list(Message.objects.order_by("id")))
    contacts: list[Contact] = field(default_factory=lambda: list(Contact.objects))
    suspended: frozenset[str] = frozenset()  # numbers of agents who were, at any time

    def offers_of(self, job: Job) -> list[Offer]:
        """Return the offers of a job."""
        return [offer for offer in self.offers if offer.job == job.id]

    def waiting(self, job: Job) -> set[str]:
        """Return the kinds of a job's timers that wait, and will do something to its present plan."""
        present = (job.id, job.plan, job.round)
        return {t.kind for t in self.timers if (t.job, t.plan, t.round) == present and t.next_attempt_at}

    def is_active(self, agent: Any) -> bool:
        """Return whether an agent is offered jobs."""
        return self.agents[agent].is_active


def one_owner(record: Record) -> Iterator[str]:
    """A job has the owner and the state of its timeline, and each event was allowed."""
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
            elif (
                name in ("approved", "in_progress", "completed", "reopened", "reopened_in_progress")
                and event["agent"] != owner
            ):
                yield f"{job.code}: {name} by somebody else"
            state = event.get("to", state)
        if (job.status, job.agent) != (state, owner):
            yield f"{job.code} is {job.status} of {job.agent}, its timeline says {state} of {owner}"
        if (job.state in OWNED) and job.agent is None:
            yield f"{job.code} is {job.status} without an agent"
        if job.held_for and job.state != JobState.PENDING:
            yield f"{job.code} is {job.status} and held"


def one_winner(record: Record) -> Iterator[str]:
    """A round has at most one winner, and the winner is the owner."""
    won = [offer for offer in record.offers if offer.state == "won"]
    for (job, round_), times in Counter((offer.job, offer.round) for offer in won).items():
        if times > 1:
            yield f"{times} won round {round_} of {job}"
    jobs = {job.id: job for job in record.jobs}
    for offer in won:
        job = jobs[offer.job]
        if not job.unfollowed and job.agent != offer.agent:
            yield f"{job.code}: an offer of round {offer.round} is won, and the job is not theirs"


def kept_confirm_counts(record: Record) -> Iterator[str]:
    """A CONFIRM that was kept for a claim has approved the job once the claim has won."""
    jobs = {job.id: job for job in record.jobs}
    waiting = {message.id for message in record.messages if message.unhandled or message.parked_at}
    for offer in record.offers:
        job = jobs[offer.job]
        theirs = (job.status, job.agent, job.round, job.plan) == ("assigned", offer.agent, offer.round, offer.plan)
        kept = offer.confirmation and offer.confirmation not in waiting
        if offer.state == "won" and kept and theirs and not job.unfollowed:
            yield f"{job.code} is assigned, and its agent has confirmed"


def offers_end(record: Record) -> Iterator[str]:
    """Once all events are followed, an undecided offer is of the present round and to an active agent."""
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
    """A job needs attention only in a state that its reason fits."""
    for job in record.jobs:
        reasons = [each["reason"] for each in job.attentions]
        for reason in reasons:
            if job.status not in STANDS_IN[reason].split():
                yield f"{job.code} is {job.status} and needs attention: {reason}"
        if reasons[-1:] != ([job.attention] if job.attention else []) or len(reasons) > len(set(reasons)):
            yield f"{job.code} needs attention: {job.attention}, of {reasons}"
        if bool(job.attention) != bool(job.attention_since):
            yield f"{job.code} needs attention since {job.attention_since}"
        if job.alert_at and not job.attention:
            yield f"{job.code}: operations are to be told, and of nothing"


def deleted_is_cancelled(record: Record) -> Iterator[str]:
    """A deleted job is cancelled."""
    yield from (
        f"{job.code} is deleted and {job.status}" for job in record.jobs if job.deleted_at and job.status != "cancelled"
    )


def timers_have_effect(record: Record) -> Iterator[str]:
    """Once all events are followed, a timer waits only in a state in which it does something."""
    jobs = {job.id: job for job in record.jobs}
    for timer in record.timers:
        job = jobs[timer.job]
        if timer.next_attempt_at and not job.unfollowed and job.status not in FIRES_IN[timer.kind].split():
            yield f"{job.code} is {job.status}, and a timer waits: {timer.kind}"


def codes_are_unique(record: Record) -> Iterator[str]:
    """No two open jobs have the same code."""
    codes = Counter(job.code for job in record.jobs if job.state in OPEN)
    yield from (f"{code} is the code of {times} jobs" for code, times in codes.items() if times > 1)


def somebody_moves_it_on(record: Record) -> Iterator[str]:
    """An open job waits for an agent or a timer."""
    for job in record.jobs:
        if job.unfollowed and not job.follow_up_at:
            yield f"{job.code}: events are never followed"
        reasons = {each["reason"] for each in job.attentions}
        if job.state not in OPEN or job.unfollowed or "stuck" in reasons:
            continue
        offers = [offer for offer in record.offers_of(job) if offer.state in UNDECIDED]
        asked = any(offer.settle_at or record.is_active(offer.agent) for offer in offers)
        changing = any(agent.follow_up_at for agent in record.agents.values())
        if job.state == JobState.PENDING and not (asked or changing or "no_agent" in reasons):
            yield f"{job.code} is pending, and nobody is asked; timers {record.waiting(job)}"
        if job.state == JobState.PENDING and "expiry" not in record.waiting(job):
            yield f"{job.code} is pending and never expires"
        if job.held_for and "hold" not in record.waiting(job) and not changing:
            yield f"{job.code} is held for ever"
        known = reasons & {"unconfirmed", "not_completed"}
        if job.state in OWNED and not (known or record.waiting(job) & AWAITS[job.status]):
            yield f"{job.code} is {job.status}, and nothing falls due; timers {record.waiting(job)}"


def silence_is_that_of_the_number(record: Record) -> Iterator[str]:
    """Once it is copied, an agent is opted out or unreachable exactly if their number is."""
    silences = {contact.phone: contact for contact in record.contacts}
    for agent in record.agents.values():
        contact = silences.get(phones.key_of(agent.phone))
        if not agent.present or agent.follow_up_at or (contact and contact.follow_up_at):
            continue
        theirs = (contact.opted_out_at, contact.unreachable_at) if contact else (None, None)
        if (agent.opted_out_at, agent.unreachable_at) != theirs:
            yield f"{agent.name} is silent: {agent.opted_out_at}, {agent.unreachable_at}; their number: {theirs}"


#: State of a job with an owner -> the timers of which one must be waiting.
AWAITS = {
    "assigned": {"nudge", "unconfirmed"},
    "approved": {"ending", "not_completed"},
    "in_progress": {"ending", "not_completed"},
}
#: Kind of timer -> the states of the job in which it does something.
FIRES_IN = {
    "expiry": "pending",
    "not_taken": "pending",
    "reach": "pending",
    "hold": "pending",
    "nudge": "assigned",
    "unconfirmed": "assigned",
    "visit_start": "assigned",
    "reminder": "approved",
    "ending": "approved in_progress",
    "not_completed": "approved in_progress",
}


def one_person_has_one_key(record: Record) -> Iterator[str]:
    """Numbers are stored in one form, so that a person is found by any of them."""
    for each in (*record.agents.values(), *record.messages):
        if each.phone != phones.key_of(each.phone):
            yield f"{each.id}: {each.phone} is no key"
    present = Counter(agent.phone for agent in record.agents.values() if agent.present)
    yield from (f"{phone} is {count} agents" for phone, count in present.items() if count > 1)


LAWS: tuple[Callable[[Record], Iterator[str]], ...] = (
    one_owner,
    one_winner,
    kept_confirm_counts,
    offers_end,
    attention_has_its_reason,
    deleted_is_cancelled,
    codes_are_unique,
    timers_have_effect,
    somebody_moves_it_on,
    one_person_has_one_key,
    silence_is_that_of_the_number,
)


def offences(record: Record) -> list[tuple[str, str]]:
    """Return the name of each law that is broken, and what breaks it."""
    return [(law.__name__, offence) for law in LAWS for offence in law(record)]


def broken(twilio: PretendTwilio) -> list[str]:
    """Return what is wrong in the database, and which messages Twilio has taken more often than they were tried."""
    record = Record()
    found = [f"{law}: {offence}" for law, offence in offences(record)]
    # If both answers are lost, nobody can know which of two messages with equal words Twilio took.
    by_id = {contact.user_id: contact.phone for contact in Contact.objects(user_id__ne=None)}
    tried = Counter((key, message.text) for message in record.messages for key in _tried_at(message, by_id))
    arrived = Counter((by_id.get(sent.phone) or phones.key_of(sent.phone), sent.body) for sent in twilio.outbox)
    return found + [f"sent {times} times too often: {what}" for what, times in (arrived - tried).items()]


def _tried_at(message: Message, by_id: dict[str, str]) -> set[str]:
    """Return the keys at which a message was tried: more than one if its recipient's number has changed."""
    tried = (attempt.get("to", message.phone) for attempt in message.attempts)
    return {by_id.get(to) or phones.key_of(to) for to in tried}
