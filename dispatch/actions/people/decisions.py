"""Decisions about an address: opt-outs, opt-ins, and whether WhatsApp reaches it; and what follows for its agent.

An address has one consent, whoever has it: agent, client, both, or nobody yet.
"""

from datetime import datetime

from dispatch.actions.people import agents, silences
from dispatch.hints import tasks
from dispatch.models import Agent, Contact
from dispatch.models.base.record import utc_now
from dispatch.models.consent import BY_TWILIO, Ground, Silence
from dispatch.rules import phones


def opt_out(phone: str, at: datetime, ground: Ground = BY_TWILIO) -> bool:
    """Send nothing to an address until START: its agent is inactive, without open offers.

    Return False if the address was opted out before. A repetition returns True again.
    """
    silences.settle(phone, at)
    contact = Contact.opt_out(phone, at, ground) or Contact.of(phone)
    _follow(phone)
    return contact is not None and contact.opted_out_at == at


def opt_in(phone: str, now: datetime, ground: Ground = BY_TWILIO) -> None:
    """Send to an address again, and end a pause. If its agent was active before, waiting jobs are offered to them."""
    silences.settle(phone, now)
    Contact.opt_in(phone, now, ground)
    silences.copy(phone, now)
    if agent := Agent.by_phone(phone):
        Agent.resume(agent.id, now)
        tasks.catch_up(agent.id)


def set_unreachable(phone: str, code: int | None, tried_at: datetime, now: datetime) -> None:
    """Note that WhatsApp could not reach an address at `tried_at`, unless the person has written since.

    The offers of its agent end, and operations get alarms. Harmless if repeated.
    """
    silences.settle(phone, now)
    Contact.set_unreachable(phone, code, tried_at, now)
    _follow(phone)


def set_reachable(phone: str, now: datetime) -> None:
    """Note that an address can be reached: the person has written, or the platform has saved the number."""
    silences.settle(phone, now)
    if Contact.set_reachable(phone, now):
        _follow(phone)


def silence_of(phone: str, now: datetime) -> Silence:
    """Return whether and why nothing is sent to an address."""
    silences.settle(phone, now)
    contact = Contact.of(phones.key_of(phone))
    return contact.silence if contact else Silence()


def _follow(phone: str) -> None:
    """Bring the records with this number in line with its contact, and follow up what changes for the agent."""
    if changed := silences.copy(phone, utc_now()):
        agents.agent_changed(changed, utc_now())
