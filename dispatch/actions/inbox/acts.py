"""Acts: the effect of an agent's message on their jobs and their own settings, and the reply."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bson import ObjectId

from dispatch.actions import drafts
from dispatch.actions.inbox import opt_outs
from dispatch.actions.inbox.job_status import reply, reply_with_status
from dispatch.actions.jobs import claims, release, visit
from dispatch.actions.offers import rounds
from dispatch.actions.people import agents, decisions
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.inbox.meaning import Act, JobStanding
from dispatch.rules.inbox.words import Word
from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import kinds

#: An agent whose messages we do not understand gets help at most once in this time.
HELP_ONCE_IN = timedelta(minutes=10)
_VISIT_WORDS = {JobState.IN_PROGRESS: Word.BEGIN, JobState.COMPLETED: Word.COMPLETE}


def carry_out(message: Message, agent: Agent, now: datetime) -> None:
    """Carry out the act of a message. A repetition after a crash finds its earlier effects by the message's id."""
    _ACTS[Act(message.meaning["act"])](message, agent, now)


def _claim(message: Message, agent: Agent, now: datetime) -> None:
    """Claim a job. The claim itself gets no reply: its outcome follows within a second."""
    offer = Offer.get(message.meaning.get("offer"))
    declined = message.meaning.get("standing") == JobStanding.DECLINED
    state = OfferState.DECLINED if declined else OfferState.OPEN
    if not (offer and agent.is_active and claims.claim(message, offer, state=state)):
        reply_with_status(message, agent, now)


def _decline(message: Message, agent: Agent, now: datetime) -> None:
    """Decline an offer. This ends a hold for the agent; the last agent to decline leaves the round without any."""
    offer = Offer.get(message.meaning.get("offer"))
    job = Job.get(offer.job) if offer else None
    if job and offer and (Offer.close(offer.id, OfferState.DECLINED) or offer.state == OfferState.DECLINED):
        reply(message, agent, kinds.DECLINED, now, job=job)
        if job.round != offer.round:
            return
        if job.held_for == agent.id:
            rounds.end_hold(job, "declined", now)
        else:
            rounds.flag_if_no_agent_left(job, now)
    elif not (offer and _give_back(message, agent, offer, now)):
        reply_with_status(message, agent, now)


def _give_back(message: Message, agent: Agent, offer: Offer, now: datetime) -> bool:
    """Give the job back if the YES that this message takes back has won. Return whether the message did so."""
    job = Job.get(offer.job)
    won = job.last_event(JobState.ASSIGNED) if job else None
    if message.meaning.get("standing") == JobStanding.CLAIMED and won and won["offer"] == offer.id:
        release.release(offer.job, now, agent=agent.id, plan=offer.plan, cause=message.id, reason="agent")
    return _was_its_effect(offer.job, message.id)


def _visit(move: Callable[..., Job | None], to: JobState) -> Callable[[Message, Agent, datetime], None]:
    """Return the act that begins or completes a visit. If it is too early for that, the agent is asked back."""

    def act(message: Message, agent: Agent, now: datetime) -> None:
        job_id = message.meaning["job"]
        moved = move(job_id, agent.id, now, cause=message.id)
        if moved or _was_its_effect(job_id, message.id):
            return
        job = Job.get(job_id)
        if job and job.agent == agent.id and visit.is_too_early(job, to, now):
            reply(message, agent, kinds.TOO_EARLY, now, {"word": _VISIT_WORDS[to]}, job=job)
        else:
            reply_with_status(message, agent, now)

    return act


def _confirm(message: Message, agent: Agent, now: datetime) -> None:
    """Confirm a schedule. If the agent's claim is not decided yet, the CONFIRM is kept for it: its outcome follows.

    It is kept before the schedule is confirmed: a claim that is decided in between is confirmed here.
    """
    job_id, known = message.meaning["job"], message.meaning.get("plan")
    if message.meaning.get("standing") == JobStanding.CLAIMED:
        Offer.write_confirmation(message.meaning.get("offer"), message.id)
    moved = visit.confirm(job_id, agent.id, now, cause=message.id, plan=known)
    _reply_unless_moved(message, agent, now, moved)


def _release(message: Message, agent: Agent, now: datetime) -> None:
    """Give a job back. The news that the job is no longer theirs is a consequence of the event."""
    job_id, known = message.meaning["job"], message.meaning.get("plan")
    released = release.release(job_id, now, agent=agent.id, plan=known, cause=message.id, reason="agent")
    _reply_unless_moved(message, agent, now, released)


def _reply_unless_moved(message: Message, agent: Agent, now: datetime, moved: Job | None) -> None:
    """Reply with the job's status unless this message has changed the job, now or in an earlier run."""
    if moved is None and not _was_its_effect(message.meaning["job"], message.id):
        reply_with_status(message, agent, now)


def _help(message: Message, agent: Agent, now: datetime) -> None:
    reply(message, agent, kinds.HELP_AGENT, now)


def _unknown(message: Message, agent: Agent, now: datetime) -> None:
    helped = Message.last_of_kind(agent.phone, [kinds.HELP_AGENT.name], now - HELP_ONCE_IN)
    if agent.opted_out_at is None and helped is None:
        _help(message, agent, now)


def _stop(message: Message, agent: Agent, now: datetime) -> None:
    if decisions.opt_out(message.phone, message.received_at, opt_outs.ground(message)):
        codes = [job.code for job in Job.owned_by(agent.id)]
        wording = kinds.OPTED_OUT_OWNER if codes else None
        reply(message, agent, kinds.OPTED_OUT, now, {"codes": codes}, wording=wording)


def _resume(message: Message, agent: Agent, now: datetime) -> None:
    decisions.opt_in(message.phone, now, opt_outs.ground(message))
    reply(message, agent, kinds.RESUMED, now)


def _pause(message: Message, agent: Agent, now: datetime) -> None:
    """Pause new offers until then. Their jobs and their open offers are not affected."""
    until = message.meaning["until"]
    agents.pause(agent, until, now)
    reply(message, agent, kinds.PAUSED, now, drafts.moment(kinds.PAUSED, agent.language, until))


def _ask_back(message: Message, agent: Agent, now: datetime) -> None:
    codes = message.meaning.get("codes", [])
    wanted = Word(message.meaning["wanted"])
    if codes:
        reply(message, agent, kinds.ASK_BACK, now, {"codes": codes, "word": wanted.value.upper()}, asks=wanted)
    else:
        reply(message, agent, kinds.ASK_BACK_NONE, now)


def _was_its_effect(job_id: ObjectId, message_id: ObjectId) -> bool:
    job = Job.get(job_id)
    return job is not None and any(event.get("cause") == message_id for event in job.timeline)


_ACTS: dict[Act, Callable[[Message, Agent, datetime], None]] = {
    Act.CLAIM: _claim,
    Act.DECLINE: _decline,
    Act.CONFIRM: _confirm,
    Act.RELEASE: _release,
    Act.BEGIN: _visit(visit.begin, JobState.IN_PROGRESS),
    Act.COMPLETE: _visit(visit.complete, JobState.COMPLETED),
    Act.HELP: _help,
    Act.STOP: _stop,
    Act.RESUME: _resume,
    Act.PAUSE: _pause,
    Act.ASK_BACK: _ask_back,
    Act.EXPLAIN: reply_with_status,
    Act.UNKNOWN: _unknown,
}
