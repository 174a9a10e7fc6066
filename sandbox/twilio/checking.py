"""Checks of requests. A request that fails a check is refused with one of Twilio's error codes."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from sandbox.twilio import facts
from sandbox.twilio.ledger import Message
from sandbox.twilio.numbers import is_number


class RefusedError(Exception):
    """Twilio refuses a request, with an error code of facts.ERRORS."""

    def __init__(self, code: int, detail: str = "", status: int | None = None) -> None:
        known = facts.ERRORS.get(code, facts.Problem(400, f"Error {code}"))
        self.code = code
        self.status = status or known.status or 400
        self.message = known.message.format(detail)
        super().__init__(f"{self.status}/{code}: {self.message}")


def refuse_unknown(names: set[str], known: frozenset[str]) -> None:
    """Refuse parameters that are not in the spec; the real Twilio ignores them. Raises RefusedError."""
    if unknown := names - known:
        raise RefusedError(20001, f"unknown parameters {', '.join(sorted(unknown))}")


def check_create(form: MultiDict[str, str], senders: Collection[str]) -> None:
    """Check a request to send from one of these WhatsApp senders. Raises RefusedError."""
    to, from_ = form.get("To", ""), form.get("From", "")
    if not to:
        raise RefusedError(21604)
    if form.get("MessagingServiceSid"):
        raise RefusedError(21705, form["MessagingServiceSid"])  # the sandbox's account has no services
    if form.get("ScheduleType") or form.get("SendAt"):
        raise RefusedError(35118)
    if not from_:
        raise RefusedError(21603)
    _check_content(form)
    if to.startswith("whatsapp:") != from_.startswith("whatsapp:"):
        raise RefusedError(21910)
    if not re.fullmatch(facts.WHATSAPP_ADDRESS, to):
        raise RefusedError(21211, to)
    if "ValidityPeriod" in form:
        whole(form, "ValidityPeriod", 0, 1, facts.MAX_VALIDITY)
    if "StatusCallback" in form and not _callable_url(form["StatusCallback"]):
        raise RefusedError(21609, form["StatusCallback"])
    if from_ not in senders:
        raise RefusedError(63007)


def _check_content(form: MultiDict[str, str]) -> None:
    content_sid, body = form.get("ContentSid", ""), form.get("Body", "")
    if content_sid and not re.fullmatch(facts.CONTENT_SID, content_sid):
        raise RefusedError(21655)
    if "ContentVariables" in form:
        if not content_sid:
            raise RefusedError(21654)
        read_variables(form["ContentVariables"])
    if not (body or content_sid or form.get("MediaUrl")):
        raise RefusedError(21602)
    if len(body) > facts.MAX_BODY:
        raise RefusedError(21617)


def read_variables(text: str) -> dict[str, str]:
    """Return the values of a template's variables, {"1": "x"}; none may be empty. Raises RefusedError."""
    try:
        variables = json.loads(text)
    except ValueError:
        raise RefusedError(21656) from None
    if not isinstance(variables, dict) or not all(isinstance(v, str) and v for v in variables.values()):
        raise RefusedError(21656)
    return variables


def _callable_url(url: str) -> bool:
    """Docs: the hostname must be valid, without underscores; Twilio cannot reach `localhost`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    reachable = bool(host) and host != "localhost" and "_" not in host
    return reachable and parts.scheme in ("http", "https") and url.isascii() and " " not in url


@dataclass(frozen=True)
class ListQuery:
    """A checked request for a list of messages. `since` and `until` are inclusive bounds of `date_sent`."""

    to: str | None
    from_: str | None
    since: datetime | None
    until: datetime | None
    page_size: int
    page: int
    page_token: str | None

    def matches(self, message: Message) -> bool:
        """Return whether a message belongs to the list. A message that is not sent yet is in no range of dates."""
        if (self.to and message.to != self.to) or (self.from_ and message.from_ != self.from_):
            return False
        if self.since is None and self.until is None:
            return True
        sent = message.sent_at and message.sent_at.replace(microsecond=0)  # the API shows whole seconds
        if sent is None:
            return False
        return (self.since is None or sent >= self.since) and (self.until is None or sent <= self.until)


def check_list(args: MultiDict[str, str]) -> ListQuery:
    """Return the filters and the page of a list request. Raises RefusedError."""
    days = {name: _span(name, args[name]) for name in ("DateSent", "DateSent<", "DateSent>") if args.get(name)}
    since, until = days.get("DateSent>", (None, None))[0], days.get("DateSent<", (None, None))[1]
    if "DateSent" in days:
        since, until = _day(days["DateSent"][0].date())
    return ListQuery(
        to=args.get("To") or None,
        from_=args.get("From") or None,
        since=since,
        until=until,
        page_size=whole(args, "PageSize", facts.DEFAULT_PAGE_SIZE, 1, facts.MAX_PAGE_SIZE),
        page=whole(args, "Page", 0, 0, 10**9),
        page_token=args.get("PageToken") or None,
    )


def whole(args: MultiDict[str, str], name: str, default: int, least: int, most: int) -> int:
    """Return a parameter as a whole number between `least` and `most`. Raises RefusedError."""
    text = args.get(name, str(default))
    if not is_number(text) or not least <= int(text) <= most:
        raise RefusedError(20001, f"{name} must be {least} to {most}")
    return int(text)


def _day(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1, seconds=-1)


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """Return the range of a date (its whole day in GMT) or of a timestamp from the SDK (its second)."""
    try:
        if len(text) == len("2026-01-31"):
            return _day(date.fromisoformat(text))
        moment = parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(20001, f"{name} is not a date") from None
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
    return moment, moment
