"""Laws of a desk at rest: nothing is overdue, each message has an answer, each open job has a next step."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from dispatch.actions.operations import law_check
from dispatch.actions.outbox import outcomes
from dispatch.models import Job, Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import OWNED, JobState
from dispatch.rules.offers import offering
from tests.oracle import Record

#: Acts without an answer, and acts whose answer does not name the job.
_UNANSWERED = {"unknown", "stop"}
_JOBLESS = {"help", "resume", "pause", "ask_back"}
#: Kinds of messages that tell an agent that a visit does not take place.
_ENDS = ("withdrawn", "gone", "cancelled_agent")
_GONE = ("accepted", "sent", "delivered", "read")
_PENDING = ("queued", "sending", "unknown", "parked", "failed")


def nothing_is_overdue(record: Record) -> Iterator[str]:
    """Check that no event, message, claim or timer waits for work."""
    now = utc_now()
    yield from (f"{job.code}: unfollowed {len(job.unfollowed)}" for job in record.jobs if job.unfollowed)
    yield from (f"{agent.name}: {agent.status}, not followed" for agent in record.agents.values() if agent.follow_up_at)
    yield from (
        f"{agent.name}: the pause is over, and nobody has ended it"
        for agent in record.agents.values()
        if agent.paused_until and agent.paused_until < now - timedelta(minutes=2)
    )
    yield from (f"a claim of {offer.job} is unsettled" for offer in record.offers if offer.state == "claimed")
    yield from (
        f"{timer.kind} of {timer.job} has not fired"
        for timer in record.timers
        if timer.next_attempt_at and timer.due_at < now - timedelta(minutes=2)
    )
    yield from (f"{job.code}: operations were never told of {job.reasons}" for job in record.jobs if job.alert_at)
    for message in record.messages:
        if message.unhandled or (message.status in _PENDING and not _is_out(message)):
            yield f"{message.direction} {message.kind} {message.text!r} is {message.status}"


def searches_go_on(record: Record) -> Iterator[str]:
    """Check that each agent who can take a pending job has an offer, or that the job is marked for operations."""
    for job in record.jobs:
        if job.state != JobState.PENDING:
            continue
        offers = {offer.agent: offer for offer in record.offers_of(job) if offer.round == job.round}
        alarmed = job.needs_attention(Reason.NO_AGENT)
        if not any(offer.state == "open" for offer in offers.values()) and not alarmed:
            yield f"{job.code}: nobody is asked, and nobody knows"
        if alarmed and any(offer.state == "open" for offer in offers.values()):
            yield f"{job.code}: operations are bothered although somebody is asked"
        for agent in record.agents.values():
            rests = agent.paused_until and agent.id not in offers
            if rests or job.held_for or not agent.is_active or agent.id in offering.released_by(job.timeline):
                continue
            if agent.id not in offers or offers[agent.id].state not in ("open", "declined"):
                yield f"{job.code}: {agent.name} is not asked ({agent.id in offers and offers[agent.id].state})"
            elif offers[agent.id].state == "open" and not _reached(record, offers[agent.id], agent.phone):
                yield f"{job.code}: {agent.name} does not know of their offer"
        due = {timer.kind: timer.due_at for timer in record.timers if timer.job == job.id and timer.next_attempt_at}
        if due["expiry"] != job.starts_at:
            yield f"{job.code} starts at {job.starts_at} and expires at {due['expiry']}"


def owners_are_looked_after(record: Record) -> Iterator[str]:
    """Check that the agent of a job was sent its plan, and that an inactive owner is marked for operations."""
    for job in record.jobs:
        if job.state not in OWNED:
            continue
        agent = record.agents[job.agent]
        if not agent.is_active and not job.needs_attention(Reason.AGENT_INACTIVE):
            yield f"{job.code}: its agent is {agent.status}, and nobody knows"
        if agent.is_active and job.needs_attention(Reason.AGENT_INACTIVE):
            yield f"{job.code}: operations are bothered about an active agent"
        # Agents who opted out or are suspended are sent the news when they are back.
        hears = agent.opted_out_at is None and agent.status != "suspended"
        if hears and not _knows(record, job, agent.phone, ("assigned", "moved_agent", "approved")):
            yield f"{job.code}: {agent.name} does not know that it is theirs, or when and where"


def clients_know(record: Record) -> Iterator[str]:
    """Check that the client was sent who comes, or that nobody comes."""
    kinds = {
        "approved": ("approved_client", "reminder_client"),
        "cancelled": ("cancelled_client",),
        "completed": ("completed_client",),
        "expired": ("expired_client",),
    }
    for job in record.jobs:
        silent = any(m.kind == "opted_out" and m.client_id == job.client_id for m in record.messages)
        if job.status in kinds and not silent:
            got = [m for m in record.messages if m.job == job.id and m.kind in kinds[job.status] and _is_out(m)]
            if not any(m.plan == job.plan and m.about in (None, job.agent) for m in got):
                yield f"{job.code} is {job.status}, and the client does not know"


def nobody_waits_for_what_is_off(record: Record) -> Iterator[str]:
    """Check that agents with an offer of a cancelled job, active all the time, were sent its end."""
    for job in record.jobs:
        if job.status != "cancelled":
            continue
        latest = {offer.agent: offer for offer in sorted(record.offers_of(job), key=lambda offer: offer.round)}
        for offer in latest.values():
            agent = record.agents[offer.agent]
            waits = offer.state == "withdrawn" or (offer.state == "closed" and offer.round < job.round)
            knows = any(m.phone == agent.phone and m.job == job.id and m.kind in _ENDS for m in record.messages)
            if waits and not knows and not agent.changes and _reached(record, offer, agent.phone):
                yield f"{job.code} is called off, and {agent.name} does not know"


def everybody_is_answered(record: Record) -> Iterator[str]:
    """Check that each inbound message has an answer, about the named job if it named one."""
    agents = {agent.phone: agent for agent in record.agents.values() if agent.present}
    for heard in record.messages:
        agent = agents.get(heard.phone)
        if heard.direction != "inbound" or agent is None or heard.agent != agent.id or not agent.is_active:
            continue
        if heard.meaning["act"] in _UNANSWERED or _silenced(record, heard) or _suspended(record, heard):
            continue
        if not any(_answers(sent, heard) for sent in record.messages):
            yield f"{agent.name} said {heard.text!r} ({dict(heard.meaning)}) and heard nothing"


def _is_out(message: Message) -> bool:
    """Return whether Twilio accepted the message, or it was retried until it was given up."""
    tried_long = message.status == "failed" and utc_now() - message.created_at > outcomes.GIVE_UP_AFTER
    return message.status in _GONE or tried_long


def _silenced(record: Record, heard: Message) -> bool:
    """Return whether they wrote STOP afterwards, so that waiting messages were withdrawn."""
    return any(
        later.phone == heard.phone and later.meaning.get("act") == "stop" and later.received_at >= heard.received_at
        for later in record.messages
    )


def _suspended(record: Record, heard: Message) -> bool:
    """Return whether their answer was withdrawn because they were suspended."""
    taken_back = (sent for sent in record.messages if sent.status == "withdrawn" and str(heard.id) in (sent.key or ""))
    return heard.phone in record.suspended and any(taken_back)


def _answers(sent: Message, heard: Message) -> bool:
    if sent.direction != "outbound" or sent.phone != heard.phone or not _is_out(sent):
        return False
    about_it = heard.meaning["act"] in _JOBLESS or sent.job == heard.job
    return about_it and sent.attempted_at >= heard.received_at


def _knows(record: Record, job: Job, phone: str, kinds: tuple[str, ...]) -> bool:
    return any(
        m.phone == phone and m.job == job.id and m.kind in kinds and m.plan == job.plan and _is_out(m)
        for m in record.messages
    )


def _reached(record: Record, offer: Offer, phone: str) -> bool:
    return any(
        m.phone == phone and m.kind == "offer" and m.offer == offer.id and m.plan == offer.plan and _is_out(m)
        for m in record.messages
    )


LAWS: tuple[Callable[[Record], Iterator[str]], ...] = (
    nothing_is_overdue,
    searches_go_on,
    owners_are_looked_after,
    clients_know,
    nobody_waits_for_what_is_off,
    everybody_is_answered,
)


def broken(suspended: Iterable[str]) -> list[str]:
    """Return the violations by law. `suspended`: phone numbers of agents who were suspended at any time."""
    record = Record(suspended=frozenset(suspended))
    found = [f"{law.__name__}: {offence}" for law in LAWS for offence in law(record)]
    return found + [f"flask check: {offence}" for offence in law_check.check(timedelta(), days=7).offences]
