"""Telling people: a message is drafted in the catalogue's words, saved once for its cause, and hinted at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from config.settings import settings
from dispatch.actions import message_keys
from dispatch.hints import tasks
from dispatch.models import Agent, Job, Message
from dispatch.models.base.outlines import AgentOutline
from dispatch.rules.inbox.words import Word
from dispatch.rules.outbox.states import Lane
from dispatch.wording import catalogue, facts
from dispatch.wording.saying import Value, say

Draft = dict[str, Any]
Words = Mapping[str, Value]
_NONE: Words = {}
#: Message kind -> the word that it asks for.
ASKS: dict[str, Word] = {
    "offer": Word.YES,
    "explain_offered": Word.YES,
    "assigned": Word.CONFIRM,
    "moved_agent": Word.CONFIRM,
    "nudge": Word.CONFIRM,
    "ask_completed": Word.COMPLETE,
    "explain_assigned": Word.CONFIRM,
}


@dataclass(frozen=True)
class Recipient:
    """Whom a message goes to; `key` tells them apart in a message's unique key; `language` is theirs, if known."""

    key: str
    phone: str
    agent: ObjectId | None = None
    client_id: str | None = None
    language: str | None = None


def an_agent(agent: Agent | AgentOutline) -> Recipient:
    """Address an agent."""
    return Recipient(str(agent.id), agent.phone, agent=agent.id, language=agent.language)


def draft(
    kind: str,
    cause: Any,
    to: Recipient,
    *,
    job: Job | None = None,
    lane: Lane = Lane.REPLIES,
    offer: ObjectId | None = None,
    asks: Word | None = None,
    about: ObjectId | None = None,
    wording: str | None = None,
    words: Words | None = None,
) -> Draft:
    """Return a message to be written: its text is rendered now, in their language, from the job as it is now.

    `asks` is the word that a weak answer ("ok", a thumbs-up) to this message stands for; `about` the agent whom it
    names to a client; `wording` the catalogue's key where that is not the kind; `words` are further variables.
    """
    said = wording or kind
    language = spoken(said, to.language)
    message = {
        "key": message_keys.key(cause, to.key, kind),
        "kind": kind,
        "lane": lane.value,
        "phone": to.phone,
        "agent": to.agent,
        "client_id": to.client_id,
        "job": job.id if job else None,
        "plan": job.plan if job else None,
        "about": about,
        "offer": offer,
        "asks": asks or ASKS.get(kind),
        "language": language,
        "wording": wording,
        "text": say(said, language, **{**(_about(job, language) if job else {}), **(words or {})}),
    }
    return {name: value for name, value in message.items() if value is not None}


def spoken(said: str, language: str | None) -> str:
    """Return the language in which a wording is said to somebody with this language, or of whom none is known."""
    return catalogue.spoken(said, language or settings().defaults.language)


def moment(said: str, language: str | None, at: datetime) -> Words:
    """Return the words of a wording that tell a moment which is no job's: in our own time zone, and whose that is."""
    return facts.moment(at, settings().defaults.timezone, spoken(said, language))


def to_agent(kind: str, cause: Any, job: Job, agent: Agent | AgentOutline, *, lane: Lane = Lane.REPLIES,
             offer: ObjectId | None = None, wording: str | None = None,
             open_codes: Iterable[str] = ()) -> Draft:  # fmt: skip
    """Draft what any agent may be told of a job: nothing of the client."""
    words = {"open_codes": open_codes}
    return draft(kind, cause, an_agent(agent), job=job, lane=lane, offer=offer, wording=wording, words=words)


def to_owner(kind: str, cause: Any, job: Job, agent: Agent, words: Words = _NONE, *,
             wording: str | None = None) -> Draft:  # fmt: skip
    """Draft what the agent whose job it is may be told: the client's name and phone, and the notes."""
    return draft(kind, cause, an_agent(agent), job=job, wording=wording, words={**for_the_owner(job), **words})


def for_the_owner(job: Job) -> dict[str, Value]:
    """Return what only the agent whose job it is may be told."""
    return {**_client(job), "notes": job.notes}


def to_client(kind: str, cause: Any, job: Job, agent: Agent | None = None, words: Words = _NONE, *,
              wording: str | None = None) -> Draft:  # fmt: skip
    """Draft what the client is told, at the number that was posted with the job; of `agent`, who comes."""
    whom = {"agent_name": agent.name, "agent_phone": agent.phone} if agent else {}
    to = Recipient(f"client:{job.client_id}", job.client_details["phone"], client_id=job.client_id,
                   language=job.client_details.get("language"))  # fmt: skip
    return draft(kind, cause, to, job=job, about=agent.id if agent else None, wording=wording,
                 words={**_client(job), **whom, **words})  # fmt: skip


def tell(drafts: Iterable[Draft], now: datetime) -> None:
    """Save messages, each once, and hint that they wait to be sent."""
    by_lane: dict[str, list[Draft]] = {}
    for each in drafts:
        by_lane.setdefault(each["lane"], []).append(each)
    for lane in sorted(by_lane, reverse=True):  # replies first
        if ids := Message.write(by_lane[lane], now):
            tasks.send(ids, lane)


def _about(job: Job, language: str) -> Mapping[str, str]:
    house = job.property_details
    return facts.of(job.code, house["title"], house["address"], job.starts_at, job.timezone, language)


def _client(job: Job) -> dict[str, str]:
    return {"client_name": job.client_details["name"], "client_phone": job.client_details["phone"]}
