"""Silences: the silence of an address is copied to its agent and its clients. Nothing else writes the copies.

The contact is the truth. Decisions that earlier versions saved with agents and clients are moved to it first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from dispatch.actions import failures
from dispatch.models import Agent, Client, Contact
from dispatch.models.consent import Silence, merged
from dispatch.rules import phones

Person = Agent | Client
_Person = TypeVar("_Person", Agent, Client)


def copy(phone: str, now: datetime) -> Agent | None:
    """Copy the silence of an address to its agent and clients. Harmless if repeated.

    Return the agent as changed. Return None if nothing has changed for the agent.
    """
    phone, changed = phones.key_of(phone), None
    while True:
        # The agent is read before the contact: whoever copies a later change has changed the agent since.
        agent, clients = Agent.by_phone(phone), Client.with_phone(phone)
        _move_decisions(phone, [*([agent] if agent else []), *clients], now)
        contact = Contact.of(phone)
        if contact is None:
            return changed
        copied = Agent.copy_silence(agent, contact.silence, now) if agent else None
        if clients:
            Client.copy_silence(phone, contact.silence)
        changed = copied or changed
        agrees = agent is None or copied or _agrees(agent, contact)
        if agrees and (contact.follow_up_at is None or Contact.copied(contact)):
            return changed


def copy_overdue(now: datetime) -> None:
    """Copy changes that the process which made them did not live to copy."""
    for phone in Contact.overdue(now):
        failures.attempt(1, partial(copy, phone, now))


def settle(phone: str, now: datetime) -> None:
    """Move what earlier versions saved with the agent and the clients who have this number to its contact."""
    phone, agent = phones.key_of(phone), Agent.by_phone(phone)
    _move_decisions(phone, [*([agent] if agent else []), *Client.with_phone(phone)], now)


def save_number(phone: str, now: datetime) -> Silence:
    """Note that the platform has saved a number: it has the person's consent, and the number is tried again.

    Return why nothing is sent to the number nevertheless.
    """
    settle(phone, now)
    Contact.meet(phone, now)
    Contact.set_reachable(phone, now)
    contact = Contact.of(phone)
    return contact.silence if contact else Silence()


def settle_all(people: Iterable[Person], now: datetime) -> None:
    """Do this for many people, deleted agents as well."""
    by_phone: dict[str, list[Person]] = {}
    for person in people:
        if _has_old(person):
            by_phone.setdefault(phones.key_of(person.phone), []).append(person)
    for phone, theirs in by_phone.items():
        _move_decisions(phone, theirs, now)
        copy(phone, now)


def as_it_is(person: _Person) -> _Person:
    """Return an agent or a client for showing: with the decisions and the silence of their address."""
    contact, is_old = Contact.of(phones.key_of(person.phone)), _has_old(person)
    person.consents = merged(contact.consents if contact else [], person.consents)
    if isinstance(person, Client) and not is_old:
        silence = contact.silence if contact else Silence()
        person.opted_out_at, person.unreachable_at = silence.opted_out_at, silence.unreachable_at
    return person


def _move_decisions(phone: str, people: Sequence[Person], now: datetime) -> None:
    """Move what these people's records have to the contact. The latest decision counts."""
    for person in people:
        if not _has_old(person):
            continue
        is_copy = person.silence_of is not None
        Contact.take_over(phone, person.consents, None if is_copy else person.opted_out_at, now)
        if person.unreachable_at and not is_copy:
            code = getattr(person, "unreachable_code", None)
            Contact.set_unreachable(phone, code, person.unreachable_at, now)
        type(person).decisions_moved(person.id, person.consents, phone)


def _has_old(person: Person) -> bool:
    """Return whether an earlier version has saved a decision or a silence with this person."""
    return bool(person.consents or (not person.silence_of and (person.opted_out_at or person.unreachable_at)))


def _agrees(agent: Agent, contact: Contact) -> bool:
    return (agent.opted_out_at, agent.unreachable_at) == (contact.opted_out_at, contact.unreachable_at)
