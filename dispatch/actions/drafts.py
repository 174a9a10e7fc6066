"""Drafts: messages are rendered, saved once for their cause, and enqueued for sending."""

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
from dispatch.rules import phones
from dispatch.rules.inbox.words import Word
from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.kinds import Kind
from dispatch.rules.outbox.states import Lane
from dispatch.wording import catalogue, facts
from dispatch.wording.rendering import Value, render

Draft = dict[str, Any]
Values = Mapping[str, Value]
_NONE: Values = {}


@dataclass(frozen=True)
class Recipient:
    """The person who receives a message. `key` identifies the person in a message's unique key."""

    key: str
    phone: str
    agent: ObjectId | None = None
    client_id: str | None = None
    language: str | None = None


def an_agent(agent: Agent | AgentOutline) -> Recipient:
    """Return an agent as a recipient."""
    return Recipient(str(agent.id), agent.phone, agent=agent.id, language=agent.language)


def draft(
    kind: Kind,
    cause: Any,
    to: Recipient,
    *,
    job: Job | None = None,
    lane: Lane | None = None,
    offer: ObjectId | None = None,
    asks: Word | None = None,
    about: ObjectId | None = None,
    wording: Kind | None = None,
    values: Values | None = None,
) -> Draft:
    """Return a message that is not saved yet, rendered in the recipient's language from the job as it is now.

    `lane`: another lane than the kind's. `asks`: another word than the kind's for which a weak answer ("ok", a
    thumbs-up) stands. `about`: the agent whom the message names to a client. `wording`: another wording than the
    kind's own. `values`: further variables.
    """
    text = wording or kind
    language = language_for(text, to.language)
    message = {
        "key": message_keys.key(cause, to.key, kind),
        "kind": kind.name,
        "lane": (lane or kind.lane).value,
        "phone": phones.key_of(to.phone),
        "agent": to.agent,
        "client_id": to.client_id,
        "job": job.id if job else None,
        "plan": job.plan if job else None,
        "about": about,
        "offer": offer,
        "asks": asks or kind.asks,
        "language": language,
        "wording": wording.name if wording else None,
        "text": render(text.name, language, **{**(_of_job(job, language) if job else {}), **(values or {})}),
    }
    return {name: value for name, value in message.items() if value is not None}


def language_for(kind: Kind, language: str | None) -> str:
    """Return the language in which a kind is rendered for a person with this language, or with an unknown language."""
    return catalogue.language_for(kind.name, language or settings().defaults.language)


def moment(kind: Kind, language: str | None, at: datetime) -> Values:
    """Return the variables of a moment that belongs to no job, in the desk's own time zone."""
    return facts.moment(at, settings().defaults.timezone, language_for(kind, language))


def to_agent(
    kind: Kind,
    cause: Any,
    job: Job,
    agent: Agent | AgentOutline,
    *,
    offer: ObjectId | None = None,
    wording: Kind | None = None,
    open_codes: Iterable[str] = (),
) -> Draft:
    """Draft a message that any agent may receive: nothing in it is about the client."""
    return draft(kind, cause, an_agent(agent), job=job, offer=offer, wording=wording, values={"open_codes": open_codes})


def to_owner(
    kind: Kind, cause: Any, job: Job, agent: Agent, values: Values = _NONE, *, wording: Kind | None = None
) -> Draft:
    """Draft a message to the agent who has the job: it may name the client's name and phone, and the notes."""
    return draft(kind, cause, an_agent(agent), job=job, wording=wording, values={**for_the_owner(job), **values})


def for_the_owner(job: Job) -> dict[str, Value]:
    """Return the variables that only the agent who has the job may receive."""
    return {**_client(job), "notes": job.notes}


def to_client(
    kind: Kind,
    cause: Any,
    job: Job,
    agent: Agent | None = None,
    values: Values = _NONE,
    *,
    wording: Kind | None = None,
) -> Draft:
    """Draft a message to the client, at the number that was posted with the job. `agent` is the agent who comes.

    A client's first message ends with how to stop.
    """
    of_agent = {"agent_name": agent.name, "agent_phone": agent.phone} if agent else {}
    to = Recipient(
        f"client:{job.client_id}",
        job.client_details["phone"],
        client_id=job.client_id,
        language=job.client_details.get("language"),
    )
    known = {**_client(job), **of_agent, **values}
    wording = first_wording(wording or kind, job.client_id) or wording
    return draft(kind, cause, to, job=job, about=agent.id if agent else None, wording=wording, values=known)


def first_wording(kind: Kind, client_id: str | None) -> Kind | None:
    """Return the wording of a kind in a client's first message. Return None if it is not the first one."""
    first = kinds.first_wording(kind)
    return first if first and client_id and not Message.was_written_to(client_id) else None


def save_and_send(drafts: Iterable[Draft], now: datetime) -> None:
    """Save messages, each once for its key, and enqueue them for sending."""
    by_lane: dict[str, list[Draft]] = {}
    for each in drafts:
        by_lane.setdefault(each["lane"], []).append(each)
    for lane in sorted(by_lane, reverse=True):  # replies first
        if ids := Message.write(by_lane[lane], now):
            tasks.send(ids, lane)


def _of_job(job: Job, language: str) -> Mapping[str, str]:
    house = job.property_details
    return facts.of(job.code, house["title"], house["address"], job.starts_at, job.timezone, language)


def _client(job: Job) -> dict[str, str]:
    return {"client_name": job.client_details["name"], "client_phone": job.client_details["phone"]}
