"""Templates: texts are pushed to Twilio as contents, and Meta's decisions on them are read."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from dispatch.actions import alarms
from dispatch.channels.whatsapp import templates as at_twilio
from dispatch.channels.whatsapp.templates import TemplateStatus
from dispatch.models import Template
from dispatch.models.template import Book
from dispatch.rules.outbox.window import REFUSED, Approval
from dispatch.wording import templates as wording_templates

log = structlog.get_logger(__name__)

#: Seconds for which a process uses the templates that it read last.
READ_FOR = 15.0


@dataclass(frozen=True)
class Pushed:
    """A template that was pushed now or before. `problem`: Twilio's error."""

    name: str
    is_new: bool
    problem: str | None = None


class _Cache:
    """The templates that this process read last, and when (monotonic)."""

    book: Book | None = None
    at = 0.0


def book() -> Book:
    """Return the contents that can be sent, as they were at most 15 seconds ago. Raises PyMongoError."""
    if _Cache.book is None or time.monotonic() - _Cache.at > READ_FOR:
        _Cache.book, _Cache.at = Book(Template.all_pushed()), time.monotonic()
    return _Cache.book


def clear_cache() -> None:
    """Let the next call of `book` read the templates from MongoDB."""
    _Cache.book = None


def push(now: datetime, dry_run: bool = False) -> Iterator[Pushed]:
    """Create the contents that Twilio does not have, and submit those that need Meta's approval.

    A content's name ends with a hash of everything that Meta sees. An unchanged text keeps its content; a changed text
    is a new content, which is used once it is approved. After a crash, a content that Twilio has already is found by
    its name. Yields each template once. Raises TemplatesFailed if Twilio does not list its contents.
    """
    known = {each.name: each for each in Template.all_pushed()}
    there: dict[str, TemplateStatus] | None = None
    for each in wording_templates.templates():
        if each.name in known and known[each.name].is_pushed:
            yield Pushed(each.name, is_new=False)
            continue
        if there is None:
            there = {found.name: found for found in at_twilio.listed()}
        problem = None if dry_run else _push(each, there.get(each.name), now)
        yield Pushed(each.name, is_new=True, problem=problem)
    clear_cache()


def _push(wording: wording_templates.Template, found: TemplateStatus | None, now: datetime) -> str | None:
    facts = {
        "name": wording.name,
        "key": wording.key,
        "language": wording.language,
        "category": wording.category,
        "body": wording.body,
        "variables": list(wording.variables),
        "buttons": [{"title": title, "id": id_} for title, id_ in wording.buttons],
    }
    try:
        sid = (
            found.sid
            if found
            else at_twilio.create(wording.name, wording.locale, wording.body, wording.samples, wording.buttons)
        )
        status = found.status if found else Approval.UNSUBMITTED
        Template.record_push(facts, sid, status, now)
        if wording.category and status == Approval.UNSUBMITTED:
            status = at_twilio.submit(sid, wording.name, wording.category)
            Template.record_push(facts, sid, status, now)
    except at_twilio.TemplatesFailed as problem:
        log.error("template not pushed", template=wording.name, error=str(problem))
        return str(problem)
    return None


def refresh_statuses(now: datetime) -> list[Template]:
    """Read and save Meta's decisions on all pushed templates; return the templates. A refusal is an alarm.

    Raises TemplatesFailed.
    """
    kept = {each.name: each for each in Template.all_pushed()}
    for found in at_twilio.listed() if kept else ():
        mine = kept.get(found.name)
        if mine is None or mine.content_sid != found.sid or mine.category is None:
            continue
        if found.status in REFUSED and found.status != mine.status:
            _alarm(mine, found.status, found.reason, now)
        Template.set_status(mine.name, found.status, now, category=found.category, reason=found.reason)
    clear_cache()
    return Template.all_pushed()


def mark_refused(content_sid: str, code: int, now: datetime) -> None:
    """Stop using a template, as a message failed because Meta does not have it or does not allow it any more."""
    status = {63027: Approval.REJECTED, 63040: Approval.REJECTED, 63041: Approval.PAUSED}.get(code, Approval.DISABLED)
    mine = Template.by_content(content_sid)
    if mine and mine.status != status:
        _alarm(mine, status, f"error {code}", now)
        Template.set_status(mine.name, status, now, category=mine.meta_category, reason=f"error {code}")
        clear_cache()


def _alarm(template: Template, status: Approval, reason: str | None, now: datetime) -> None:
    """Record an alarm, before the status is saved: after a crash in between, both are done again."""
    log.error("template refused", template=template.name, status=status.value, reason=reason)
    text = f"WhatsApp template {template.name} is {status.value}: {reason or 'no reason given'}."
    alarms.record_alarm(f"template:{template.name}:{status.value}", "template_refused", text, now)
