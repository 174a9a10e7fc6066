"""Handling: each inbound message is leased, understood once, carried out, and answered."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from bson import ObjectId

from config.settings import settings
from dispatch.actions import drafts, failures
from dispatch.actions.inbox import joining, open_questions, opt_outs, senders, situations
from dispatch.actions.inbox.acts import carry_out
from dispatch.actions.people import addresses, decisions
from dispatch.hints import tasks
from dispatch.models import Agent, Client, Job, Message
from dispatch.models.base.record import Unknown, utc_now
from dispatch.rules.inbox import buttons, pause_texts
from dispatch.rules.inbox import meaning as inbox_meaning
from dispatch.rules.inbox import open_questions as rules_open_questions
from dispatch.rules.inbox.meaning import Act, InboundText, JobStanding, Matter, Meaning
from dispatch.rules.inbox.words import Word
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import OPEN
from dispatch.rules.outbox import kinds

log = structlog.get_logger(__name__)

#: Messages of one person that are handled before it is another person's turn.
IN_ONE_GO = 5
_OWNED = frozenset({JobStanding.ASSIGNED, JobStanding.APPROVED, JobStanding.IN_PROGRESS})
#: Clients and strangers get one polite reply in this time.
POLITE_ONCE_IN = timedelta(days=1)


def handle(message_id: ObjectId) -> None:
    """Handle the unhandled messages of this message's sender, in their order of arrival.

    One task at a time for each person; a second copy of the task finds nothing to lease. A message that fails is tried
    again later, and the person's later messages wait for it, until it has failed too often and is parked. After
    IN_ONE_GO messages the rest is enqueued again, so that one person does not occupy a worker. Raises Unknown.
    """
    enqueued = Message.get(message_id)
    if enqueued is None:
        raise Unknown(f"no message {message_id}")
    for _ in range(IN_ONE_GO):
        message = Message.lease_next(enqueued.phone, utc_now())
        if message is None:
            return
        _handle(message)
    tasks.handle(message_id)


def _handle(message: Message) -> None:
    _, wrong = failures.attempt(message.tries, lambda: _read_and_answer(message), message=str(message.id))
    if wrong is None:
        Message.handled(message.id)
    elif Message.failed(message, wrong, utc_now()):
        log.error("inbound message parked", message=str(message.id), error=wrong.error)


def _read_and_answer(message: Message) -> None:
    # Before the answer is written, so that the answer finds the window open.
    _answer(senders.note(message), utc_now())


def _answer(message: Message, now: datetime) -> None:
    """Answer an agent, else a client or a stranger: a number that is both agent and client counts as the agent."""
    if joining.join(message, now):
        return
    agent = Agent.by_phone(message.phone)
    if agent:
        addresses.adopt(agent, message.phone)
        if agent.unreachable_at:
            decisions.set_reachable(message.phone, now)
            agent = Agent.must_get(agent.id)
        message = message if message.meaning else _understand(message, agent)
        carry_out(message, agent, now)
        open_questions.flag(message, now)
        return
    client = Client.by_phone(message.phone)
    if client:
        addresses.adopt(client, message.phone)
    silence = decisions.silence_of(message.phone, now)
    if silence.unreachable_at:
        for job in Job.open_of_client(client.client_id) if client else ():
            Job.clear_attention(job.id, Reason.CLIENT_NOT_REACHED, now)
        decisions.set_reachable(message.phone, now)  # last: after a crash, all of this is repeated
    word = opt_outs.read_by_twilio(message) or inbox_meaning.read_as_clients(message.text or "")
    meaning: dict[str, Any] = {"word": word.value}
    if client:
        meaning |= {"client_id": client.client_id, **_of_client(message, client, word)}
    message = Message.understand(message, {name: value for name, value in meaning.items() if value})
    open_questions.flag(message, now)
    _answer_politely(message, client, now, is_silent=silence.opted_out_at is not None)


def _understand(message: Message, agent: Agent) -> Message:
    """Save the meaning of the message once, judged by the state of things when it arrived."""
    quoted = Message.by_sid(message.form.get("OriginalRepliedMessageSid"))
    asked, last_job = situations.last_question(message.phone, message.received_at)
    inbound = InboundText(
        text=message.text or "",
        payload=message.form.get("ButtonPayload"),
        quoted_job=str(quoted.job) if quoted and quoted.job else None,
        pause_until=pause_texts.until(message.text or "", message.received_at, settings().defaults.timezone),
        opt_out=opt_outs.read_by_twilio(message),
        last_job=last_job,
    )
    matters = _as_they_knew(situations.of_agent(agent, message.received_at), _known_plan(inbound, quoted))
    meaning = inbox_meaning.understand(
        inbound,
        matters,
        asked,
        opted_out=agent.opted_out_at is not None,
        paused=agent.paused_until is not None,
    )
    matter = next((matter for matter in matters if matter.job == meaning.job), None)
    understood: dict[str, Any] = {
        "act": meaning.act.value,
        "word": meaning.word.value,
        "job": ObjectId(meaning.job) if meaning.job else None,
        "standing": matter.standing.value if matter else None,
        "offer": ObjectId(matter.offer) if matter and matter.offer else None,
        "plan": matter.plan if matter else None,
        "codes": list(meaning.codes),
        "wanted": meaning.wanted.value if meaning.wanted else None,
        "until": inbound.pause_until if meaning.act == Act.PAUSE else None,
        "agent": agent.id,
        **_unanswered(message, meaning, matters, quoted),
    }
    return Message.understand(message, {name: value for name, value in understood.items() if value})


def _unanswered(message: Message, meaning: Meaning, matters: list[Matter], quoted: Message | None) -> dict[str, Any]:
    """Return that operations should answer the message, and the job that it is about, if it was not understood.

    The job is the one that it names or quotes, else the newest of their own, else the only one that concerns them.
    """
    if meaning.act != Act.UNKNOWN or not _needs_answer(message, meaning.word, is_client=False):
        return {}
    owned = [matter.job for matter in matters if matter.standing in _OWNED]
    named = meaning.job or (quoted and quoted.job and str(quoted.job))
    about = named or next(iter(owned), None) or (matters[0].job if len(matters) == 1 else None)
    return {"needs_answer": True, "job": ObjectId(about) if about else None}


def _of_client(message: Message, client: Client, word: Word) -> dict[str, Any]:
    """Return the job of a client's message, and whether operations should answer it.

    The job is the only open one. For a message that needs an answer, else: the open one that starts next, else the
    newest.
    """
    if not _needs_answer(message, word, is_client=True):
        return {"job": _only_open_job(client)}
    return {"job": _job_in_question(client), "needs_answer": True}


def _needs_answer(message: Message, word: Word, *, is_client: bool) -> bool:
    if opt_outs.read_by_twilio(message):
        return False
    has_media = message.form.get("NumMedia", "0") != "0"
    return rules_open_questions.needs_answer(message.text or "", word, has_media=has_media, is_client=is_client)


def _known_plan(inbound: InboundText, quoted: Message | None) -> tuple[str, int | None]:
    """Return the job and the plan that they refer to, by the button tapped or the message quoted."""
    tapped = buttons.read(inbound.payload)
    if tapped and tapped.plan:
        return tapped.job, tapped.plan
    return (str(quoted.job), quoted.plan) if quoted and quoted.job else ("", None)


def _as_they_knew(matters: list[Matter], known: tuple[str, int | None]) -> list[Matter]:
    """Return the matters, with MOVED for a job whose earlier plan their message refers to."""
    about, plan = known
    return (
        matters
        if plan is None
        else [
            replace(matter, standing=JobStanding.MOVED)
            if matter.job == about
            and matter.plan != plan
            and matter.standing in (JobStanding.OFFERED, JobStanding.ASSIGNED)
            else matter
            for matter in matters
        ]
    )


def _answer_politely(message: Message, client: Client | None, now: datetime, *, is_silent: bool) -> None:
    """Reply politely once a day, without job data, unless Twilio has replied. STOP and START have their effect."""
    to = drafts.Recipient(
        client.client_id if client else "stranger",
        message.phone,
        client_id=client.client_id if client else None,
        language=client.language if client else None,
    )
    word, ground = message.meaning.get("word"), opt_outs.ground(message)
    if word == Word.STOP:
        if decisions.opt_out(message.phone, message.received_at, ground) and not opt_outs.read_by_twilio(message):
            drafts.save_and_send([drafts.draft(kinds.OPTED_OUT, message.id, to)], now)
        return
    if word in (Word.START, Word.RESUME) and (client or is_silent):
        decisions.opt_in(message.phone, now, ground)
    elif is_silent:
        return
    if opt_outs.read_by_twilio(message):
        return
    last = Message.last_of_kind(message.phone, kinds.once_a_day(), now - POLITE_ONCE_IN)
    wording = kinds.CLIENT_REPLY_NOTED if message.needs_answer else None
    if last is None or (wording and not (last.wording or "").startswith(wording.name)):
        reply = kinds.CLIENT_REPLY if client else kinds.STRANGER_REPLY
        wording = drafts.first_wording(wording or reply, to.client_id) or wording
        drafts.save_and_send([drafts.draft(reply, message.id, to, wording=wording)], now)


def _only_open_job(client: Client) -> ObjectId | None:
    open_jobs = Job.objects(client_id=client.client_id, status__in=[state.value for state in OPEN]).only("id").limit(2)
    found = [job.id for job in open_jobs]
    return found[0] if len(found) == 1 else None


def _job_in_question(client: Client) -> ObjectId | None:
    """Return the client's open job that starts next, else their newest job. Return None if they have none."""
    jobs = sorted(Job.open_of_client(client.client_id), key=lambda job: job.starts_at)
    newest = jobs or Job.objects(client_id=client.client_id, deleted_at=None).order_by("-id").limit(1)
    return next((job.id for job in newest), None)
