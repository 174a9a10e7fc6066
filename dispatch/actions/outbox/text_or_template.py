"""The form of a message: free text, buttons or a template, chosen just before it is sent.

While no template was ever pushed, all messages are free text: Twilio's sandbox number works like this. Otherwise the
person's window decides. A message that needs a template is parked if it has no approved template.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from config.settings import settings
from dispatch.actions.offers import reach
from dispatch.actions.outbox import client_news, outcomes
from dispatch.actions.outbox import templates as outbox_templates
from dispatch.models import Agent, Contact, Job, Message
from dispatch.models.contact import address_of, heard_by
from dispatch.models.message.batched import Form, Outgoing, ReportBroken
from dispatch.models.template import Book, Template
from dispatch.rules.inbox import buttons
from dispatch.rules.outbox import window
from dispatch.rules.outbox.senders import sender_for
from dispatch.rules.outbox.window import SentAs
from dispatch.wording import facts, templates
from dispatch.wording.catalogue import DEFAULT_LANGUAGE, catalogue

log = structlog.get_logger(__name__)

#: The error of a message that is parked as no form is possible.
CLOSED = "WhatsApp's 24-hour window is closed, and this message has no approved template"
_OF_THE_JOB = (
    "code",
    "round",
    "plan",
    "starts_at",
    "timezone",
    "notes",
    "property_details.title",
    "property_details.address",
    "client_details.name",
    "client_details.phone",
)

Row = dict[str, Any]


def senders(phones: Sequence[str]) -> dict[str, str]:
    """Return by phone the number of ours that writes to each of these people."""
    ours = settings().twilio.whatsapp_numbers
    known = Contact.senders_among(phones) if len(ours) > 1 else {}
    return {phone: sender_for(phone, ours, known.get(phone)) for phone in phones}


def choose_forms(batch: Sequence[Outgoing], now: datetime, broken: ReportBroken) -> list[Outgoing]:
    """Return these messages, each with its form and its address; a message for which no form is possible is parked.

    A message that makes our own code fail is given to `broken`.
    """
    if not batch:
        return []
    book, contacts = outbox_templates.book(), Contact.among({each.phone for each in batch})
    batch = [_addressed(each, contacts.get(each.phone)) for each in batch]
    if book.is_empty:
        return batch
    jobs = Job.rows_by_id([each.job for each in batch], *_OF_THE_JOB)
    people = Agent.rows_by_id([each.about for each in batch], "name", "phone")
    kept = []
    for each in batch:
        is_open = window.is_open(heard_by(contacts.get(each.phone), each.sender), now)
        try:
            if content := _content(each, book, is_open):
                known = _known(each, jobs.get(each.job), people.get(each.about), content.language, now)
                kept.append(replace(each, form=_form(content, known, is_open)))
            elif is_open:
                kept.append(each)
            else:
                _park(each, now)
        except Exception as error:  # noqa: BLE001 (`broken` raises the errors of stores)
            broken(each.id, error)
    return kept


def _addressed(message: Outgoing, contact: Row | None) -> Outgoing:
    """Return a message with the address that its recipient wrote from last, or else as the platform posted it."""
    to = address_of(contact)
    return replace(message, to=to) if to and to != message.phone else message


def _content(message: Outgoing, book: Book, is_open: bool) -> Template | None:
    """Return the content by which a message is sent. A template that is missing in a language is replaced by the next.

    The next languages are the desk's own, then English. A wording that Meta has not approved yet is replaced by the
    kind's own.
    """
    key, language = message.wording or message.kind, message.language or DEFAULT_LANGUAGE
    if is_open:
        return book.with_buttons(key, language)
    languages = (language, catalogue(settings().defaults.language).language, DEFAULT_LANGUAGE)
    ways = ((name, each) for each in languages for name in (key, message.kind))
    return next((found for name, each in ways if (found := book.approved(name, each))), None)


def _form(content: Template, known: Row, is_open: bool) -> Form:
    filled = templates.fill(content.variables, known, content.language)
    as_ = SentAs.BUTTONS if is_open else SentAs.TEMPLATE
    return Form(as_.value, templates.rendered(content.body, filled), content.content_sid, filled)


def _known(message: Outgoing, job: Row | None, about: Row | None, language: str, now: datetime) -> Row:
    """Return the values of all variables, from the job as it is now. A template uses those that it names."""
    known: Row = {}
    if job:
        offer = str(message.offer) if message.offer else None
        known["about"] = buttons.about(str(message.job), job["round"], message.plan or job["plan"], offer)
        house, client, starts_at = job["property_details"], job["client_details"], job["starts_at"]
        known |= facts.of(job["code"], house["title"], house["address"], starts_at, job["timezone"], language)
        known |= {"client_name": client["name"], "client_phone": client["phone"], "notes": job.get("notes")}
        known["time_left"] = facts.less_than(starts_at, now, language)
    if about:
        known |= {"agent_name": about["name"], "agent_phone": about["phone"]}
    return known


def _park(message: Outgoing, now: datetime) -> None:
    client_news.note_not_reached(message, now)  # first: after a crash in between, all of this is repeated
    reach.note_failed(message.job, message.kind, now, besides=message.id)
    parked = Message.park(message.id, CLOSED)
    if parked:
        log.error("outbound message parked", message=str(message.id), error=CLOSED)
        reach.note_failed(message.job, message.kind, now)
        outcomes.enqueue_next(parked)
