"""Templating: the catalogue's wordings are pushed to Twilio as contents, and Meta's word on them is kept up with."""

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
from dispatch.wording import templates as worded

log = structlog.get_logger(__name__)

#: Seconds for which a process goes by what it has read of the templates.
READ_FOR = 15.0


@dataclass(frozen=True)
class Pushed:
    """A wording that was pushed, or of which the name was known already; `problem` is Twilio's word against it."""

    name: str
    is_new: bool
    problem: str | None = None


class _Kept:
    """What this process has read last, and when (monotonic)."""

    book: Book | None = None
    at = 0.0


def book() -> Book:
    """Return what can be sent as a content, as it stood a moment ago. Raises PyMongoError."""
    if _Kept.book is None or time.monotonic() - _Kept.at > READ_FOR:
        _Kept.book, _Kept.at = Book(Template.everything()), time.monotonic()
    return _Kept.book


def forget() -> None:
    """Let the templates be read anew."""
    _Kept.book = None


def push(now: datetime, dry_run: bool = False) -> Iterator[Pushed]:
    """Make a content of each wording that Twilio does not have, and submit what is to be approved.

    A content's name holds a hash of all that Meta sees of it: what is unchanged is known by it, and what has changed
    is another one, which serves as soon as it is approved. After a crash Twilio is found to have it already. Yields
    each wording once. Raises TemplatesFailed when Twilio can't be asked what there is.
    """
    known = {each.name: each for each in Template.everything()}
    there: dict[str, TemplateStatus] | None = None
    for each in worded.templates():
        if each.name in known and known[each.name].is_pushed:
            yield Pushed(each.name, is_new=False)
            continue
        if there is None:
            there = {found.name: found for found in at_twilio.listed()}
        problem = None if dry_run else _push(each, there.get(each.name), now)
        yield Pushed(each.name, is_new=True, problem=problem)
    forget()


def _push(wording: worded.Template, found: TemplateStatus | None, now: datetime) -> str | None:
    facts = {
        "name": wording.name, "key": wording.key, "language": wording.language, "category": wording.category,
        "body": wording.body, "variables": list(wording.variables),
        "buttons": [{"title": title, "id": id_} for title, id_ in wording.buttons],
    }  # fmt: skip
    try:
        sid = found.sid if found else at_twilio.create(
            wording.name, wording.locale, wording.body, wording.samples, wording.buttons
        )  # fmt: skip
        status = found.status if found else Approval.UNSUBMITTED
        Template.pushed(facts, sid, status, now)
        if wording.category and status == Approval.UNSUBMITTED:
            status = at_twilio.submit(sid, wording.name, wording.category)
            Template.pushed(facts, sid, status, now)
    except at_twilio.TemplatesFailed as problem:
        log.error("template not pushed", template=wording.name, error=str(problem))
        return str(problem)
    return None


def look(now: datetime) -> list[Template]:
    """Read Meta's word on every template that was pushed, and keep it; operations hear of one that is refused.

    Raises TemplatesFailed.
    """
    kept = {each.name: each for each in Template.everything()}
    for found in at_twilio.listed() if kept else ():
        mine = kept.get(found.name)
        if mine is None or mine.content_sid != found.sid or mine.category is None:
            continue
        if found.status in REFUSED and found.status != mine.status:
            _alarm(mine, found.status, found.reason, now)
        Template.stands(mine.name, found.status, now, category=found.category, reason=found.reason)
    forget()
    return Template.everything()


def refused(content_sid: str, code: int, now: datetime) -> None:
    """A message failed because Meta does not let this content serve any more: from now on it does not."""
    status = {63040: Approval.REJECTED, 63041: Approval.PAUSED}.get(code, Approval.DISABLED)
    mine = Template.by_content(content_sid)
    if mine and mine.status != status:
        _alarm(mine, status, f"error {code}", now)
        Template.stands(mine.name, status, now, category=mine.meta_category, reason=f"error {code}")
        forget()


def _alarm(template: Template, status: Approval, reason: str | None, now: datetime) -> None:
    """Before it is written down: whoever dies in between does it once more."""
    log.error("template refused", template=template.name, status=status.value, reason=reason)
    text = f"WhatsApp template {template.name} is {status.value}: {reason or 'no reason given'}."
    alarms.record_alarm(f"template:{template.name}:{status.value}", "template_refused", text, now)
