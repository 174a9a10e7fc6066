"""Obeying: what an agent's understood message does, and what the agent is told about it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bson import ObjectId

from dispatch.actions import changing, claiming, situations, telling, visiting
from dispatch.models import Agent, Job, Message, Offer, OfferState
from dispatch.rules.job_states import JobState
from dispatch.rules.replies import Act, Standing
from dispatch.rules.words import Word
from dispatch.wording.explaining import EXPLANATIONS
from dispatch.wording.saying import Value

#: An agent whose words we do not understand gets help this rarely.
HELP_ONCE_IN = timedelta(minutes=10)


def obey(message: Message, agent: Agent, now: datetime) -> None:
    """Do what a message means. Repeated after a crash, it recognises its own effects by the message's id."""
    _ACTS[Act(message.meaning["act"])](message, agent, now)


def _claim(message: Message, agent: Agent, now: datetime) -> None:
    """The claim itself is not answered: what comes of it follows within a second."""
    offer = Offer.of_agent_for(agent.id, message.meaning["job"])
    if not (offer and agent.is_active and claiming.claim(message, offer)):
        _explain(message, agent, now)


def _decline(message: Message, agent: Agent, now: datetime) -> None:
    offer = Offer.of_agent_for(agent.id, message.meaning["job"])
    if offer and (Offer.close(offer.id, OfferState.DECLINED) or offer.state == OfferState.DECLINED):
        _tell(message, agent, "declined", now, job=Job.get(offer.job))
    else:
        _explain(message, agent, now)


def _visit(move: Callable[..., Job | None]) -> Callable[[Message, Agent, datetime], None]:
    def act(message: Message, agent: Agent, now: datetime) -> None:
        job_id = message.meaning["job"]
        if move(job_id, agent.id, now, cause=message.id) is None and not _was_its_effect(job_id, message.id):
            _explain(message, agent, now)

    return act


def _explain(message: Message, agent: Agent, now: datetime) -> None:
    """Tell them how the job stands now, unless a message that tells it is on its way to them."""
    meaning = message.meaning
    if meaning.get("standing") == Standing.CLAIMED and meaning["word"] == Word.YES:
        return
    standing, job = situations.standing_now(agent, meaning["job"], now), Job.get(meaning["job"])
    if job is None or standing is None or (standing == Standing.TAKEN and _hears_it_anyway(message, agent, job)):
        return
    _tell(message, agent, EXPLANATIONS[standing], now, job=job, open_codes=_open_codes(agent, now))


def _hears_it_anyway(message: Message, agent: Agent, job: Job) -> bool:
    """Whether the news that the job is taken, which everybody gets, was not on its way yet when they wrote."""
    assigned = job.last_event(JobState.ASSIGNED)
    if assigned is None:
        return False
    news = telling.key(assigned["id"], str(agent.id), "taken")
    return Message.first_tried([news]).get(news, message.received_at) >= message.received_at


def _help(message: Message, agent: Agent, now: datetime) -> None:
    _tell(message, agent, "help_agent", now)


def _unknown(message: Message, agent: Agent, now: datetime) -> None:
    helped = Message.last_of_kind(agent.phone, ["help_agent"], now - HELP_ONCE_IN)
    if agent.opted_out_at is None and helped is None:
        _help(message, agent, now)


def _stop(message: Message, agent: Agent, now: datetime) -> None:
    if changing.silence(agent, message.received_at) or agent.opted_out_at == message.received_at:
        _tell(message, agent, "opted_out", now)


def _resume(message: Message, agent: Agent, now: datetime) -> None:
    Agent.opt_in(agent.id, now)
    _tell(message, agent, "resumed", now)


def _ask_back(message: Message, agent: Agent, now: datetime) -> None:
    codes = message.meaning.get("codes", [])
    wanted = Word(message.meaning["wanted"])
    if codes:
        _tell(message, agent, "ask_back", now, asks=wanted, codes=codes, word=wanted.value.upper())
    else:
        _tell(message, agent, "ask_back_none", now)


def _tell(message: Message, agent: Agent, kind: str, now: datetime, job: Job | None = None, asks: Word | None = None,
          **words: Value) -> None:  # fmt: skip
    drafted = telling.draft(kind, message.id, telling.an_agent(agent), job=job, asks=asks, words=words)
    telling.tell([drafted], now)


def _was_its_effect(job_id: ObjectId, message_id: ObjectId) -> bool:
    job = Job.get(job_id)
    return job is not None and any(event.get("cause") == message_id for event in job.timeline)


def _open_codes(agent: Agent, now: datetime) -> list[str]:
    return [matter.code for matter in situations.of_agent(agent, now) if matter.standing == Standing.OFFERED]


_ACTS: dict[Act, Callable[[Message, Agent, datetime], None]] = {
    Act.CLAIM: _claim,
    Act.DECLINE: _decline,
    Act.CONFIRM: _visit(visiting.confirm),
    Act.BEGIN: _visit(visiting.begin),
    Act.COMPLETE: _visit(visiting.complete),
    Act.HELP: _help,
    Act.STOP: _stop,
    Act.RESUME: _resume,
    Act.ASK_BACK: _ask_back,
    Act.EXPLAIN: _explain,
    Act.UNKNOWN: _unknown,
}
