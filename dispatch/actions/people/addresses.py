"""Addresses: user ids of WhatsApp and numbers that turn out to be one person's."""

import functools
from datetime import datetime

import structlog
from pymongo.errors import DuplicateKeyError

from dispatch.models import Agent, Client, Contact, Message
from dispatch.rules import phones

log = structlog.get_logger(__name__)

#: Pairs of number and user id that a process remembers as saved, so that not each receipt writes them again.
REMEMBERED = 10_000


def key_of(phone_or_id: str) -> str:
    """Return the key of the person with this number or user id. An id that nobody has is a key itself."""
    if not phones.is_user_id(phone_or_id):
        return phones.key_of(phone_or_id)
    parent = phones.is_parent_id(phone_or_id)
    known = Contact.of_ids(None, phone_or_id) if parent else Contact.of_ids(phone_or_id)
    return known.phone if known else phone_or_id


def learn(phone: str, user_id: str, parent_id: str | None = None, wa_id: str | None = None) -> None:
    """Save that a number and a user id are one person's, as Twilio gave them together. Harmless if repeated."""
    try:
        Contact.set_known(phone, user_id=user_id, parent_id=parent_id, wa_id=wa_id)
    except DuplicateKeyError:
        take_over(phone, user_id)
        Contact.set_known(phone, user_id=user_id, parent_id=parent_id, wa_id=wa_id)


@functools.lru_cache(maxsize=REMEMBERED)
def learn_once(phone: str, user_id: str, parent_id: str | None, wa_id: str | None) -> None:
    """Save the pair, unless this process has done so."""
    learn(phone, user_id, parent_id, wa_id)


def link(user_id: str, phone: str, now: datetime) -> None:
    """Make a user id that of the person with this number, as a code or a reply shows. Harmless if repeated."""
    take_over(phone, user_id)
    Contact.set_known(phone, user_id=user_id, address=user_id, linked_at=now)


def join(address: str, agent: Agent, now: datetime) -> None:
    """Make a number or a user id that of an agent, as a join code shows. Harmless if repeated."""
    if phones.is_user_id(address):
        link(address, agent.phone, now)
    elif address != agent.phone:
        _become(agent.phone, address)


def take_over(phone: str, user_id: str) -> None:
    """Free a user id for the person with this key.

    If the id's holder is known by the id alone, or by a link, both are one person, with this key from now on. Otherwise
    Twilio gave the id with two numbers, and the latest number has it.
    """
    holder = Contact.of_ids(user_id)
    if holder is None or holder.phone == phone:
        return
    if holder.phone == user_id or (holder.linked_at and _may_become(holder.phone, phone)):
        _become(holder.phone, phone)
    else:
        Contact.drop_id(holder.phone, user_id)


def adopt(person: Agent | Client, key: str) -> None:
    """Give a person their key, if version 0.2.0 stored them under another form of their number."""
    if person.phone != key:
        Client.set_phone(person.phone, key)
        _become(person.phone, key)
        person.phone = key


def _may_become(old: str, new: str) -> bool:
    """Return whether the agent with a key can have another key: nobody else has it, and no client has their own."""
    others = (Client.by_phone(old), Agent.by_phone(new), Client.by_phone(new))
    return Agent.by_phone(old) is not None and not any(others)


def _become(old: str, new: str) -> None:
    """Give a person's agent, messages and contact another key. An agent who has the key already keeps it."""
    try:
        Agent.set_phone(old, new)
    except DuplicateKeyError:
        log.error("one person is two agents")
        return
    Message.set_phone(old, new)
    Contact.merge(old, new)
