"""Speaking to Twilio: send, look up, list what came in; every answer and every failure becomes an outcome."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bson import ObjectId
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError

from config.settings import settings
from dispatch.channels.whatsapp.account import TIMEOUT, twilio
from dispatch.rules import phones
from dispatch.rules.outbox.states import FROM_TWILIO, MessageState

#: How far Twilio's clock (whole seconds) and ours may be apart when an attempt is looked for.
CLOCK_SLACK = timedelta(seconds=30)
#: An attempt that was taken at all was taken this soon after it began.
TAKEN_WITHIN = timedelta(seconds=sum(TIMEOUT))
#: Messages to one person on each page that a look-up reads: mostly the first one is enough.
LOOK_UP_PAGE = 50
#: As many messages as Twilio lists on one page at most.
PAGE_SIZE = 1000
#: What Twilio calls the direction of what a person wrote.
INBOUND = "inbound"
#: How Twilio is to call back: again after no connection, no answer or a 5xx, within the 15 s that it takes in all.
#: Twilio reads it off the URL, and neither sends nor signs it.
CALLED_BACK = "rc=3&rp=ct,rt,5xx&rt=5000"
#: A gateway's answer that, alone among the 4xx, says nothing of what stands behind it.
REQUEST_TIMEOUT = 408
NOT_FOUND = 404
#: What the SDK raises when an answer is not what Twilio documents: no JSON, or not the object that it expects.
_SENSELESS = (TwilioException, ValueError, AttributeError, TypeError, KeyError)
#: The connection was never made, so that nothing can have been accepted.
_NEVER_LEFT = (NewConnectionError, ConnectTimeoutError, ProxyError)


class Result(StrEnum):
    """What became of one POST."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """What became of one POST: the SID when accepted, Twilio's code (or the HTTP status) when refused."""

    result: Result
    sid: str | None = None
    code: int | None = None
    http_status: int | None = None


@dataclass(frozen=True)
class Found:
    """A message that Twilio has on record."""

    sid: str
    state: MessageState
    text: str
    error_code: int | None


@dataclass(frozen=True)
class Received:
    """A message from a person that Twilio has on record; `at` is when Twilio got it, in whole seconds."""

    sid: str
    sender: str
    to: str
    text: str
    media: str
    at: datetime


@dataclass(frozen=True)
class Content:
    """What a content says with these values of its variables; Twilio takes all of them, or fills in its samples."""

    sid: str
    variables: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of a POST that name it."""
        return {"content_sid": self.sid, "content_variables": json.dumps(self.variables)}


class LookUpFailed(Exception):
    """Twilio could not be asked; that says nothing about the message."""


def send(
    sender: str, phone: str, said: str | Content, message_id: ObjectId, attempt: int, *, valid: int | None = None
) -> Outcome:
    """POST one WhatsApp message, a text or a content; its receipts name our message id and the attempt's number.

    `valid`: after so many seconds Twilio is not to deliver it any more.
    """
    what: dict[str, Any] = {"body": said} if isinstance(said, str) else said.parameters
    if valid:
        what["validity_period"] = valid
    try:
        sent = twilio().messages.create(
            to=_address(phone),
            from_=_address(sender),
            status_callback=_callback(message_id, attempt),
            **what,
        )
    except (TwilioRestException, TwilioServiceException) as error:
        return _refusal(error.status, error.code)
    except HTTPError as error:
        return Outcome(Result.NOT_SENT if isinstance(error, _NEVER_LEFT) else Result.UNKNOWN)
    except _SENSELESS:  # a 2xx: it may have been accepted
        return Outcome(Result.UNKNOWN)
    return Outcome(Result.ACCEPTED, sid=sent.sid) if sent.sid else Outcome(Result.UNKNOWN)


def look_up(sender: str, phone: str, started_at: datetime) -> list[Found]:
    """Return what Twilio took from a sender to this number when an attempt began, newest first. Raises LookUpFailed."""
    since, until = started_at - CLOCK_SLACK, started_at + TAKEN_WITHIN + CLOCK_SLACK
    found = []
    try:
        # Not filtered by DateSent: it is null while a message is queued.
        for message in twilio().messages.stream(to=_address(phone), from_=_address(sender), page_size=LOOK_UP_PAGE):
            if message.date_created and message.date_created < since:
                break  # and so is all that follows
            if message.date_created is None or message.date_created <= until:
                found.append(_found(message))
    except (HTTPError, *_SENSELESS) as error:
        raise LookUpFailed(type(error).__name__) from error
    return found


def received(sender: str, since: datetime) -> Iterator[Received]:
    """Yield what Twilio received for a sender since then, newest first, page by page. Raises LookUpFailed.

    Buttons and quotes are not listed, the text alone is.
    """
    try:
        listed = twilio().messages.stream(to=_address(sender), date_sent_after=since, page_size=PAGE_SIZE)
        for message in listed:
            at = message.date_sent or message.date_created
            # Twilio documents the filter for whole days only.
            if message.direction == INBOUND and at is not None and at >= since.replace(microsecond=0):
                yield Received(
                    message.sid, message.from_, message.to or "", message.body or "", message.num_media or "0", at
                )
    except (HTTPError, *_SENSELESS) as error:
        raise LookUpFailed(type(error).__name__) from error


def fetch(sid: str) -> Found | None:
    """Return what Twilio has on record under a SID, None when it has nothing. Raises LookUpFailed."""
    try:
        message = twilio().messages(sid).fetch()
    except TwilioRestException as error:
        if error.status == NOT_FOUND:
            return None
        raise LookUpFailed(type(error).__name__) from error
    except (HTTPError, *_SENSELESS) as error:
        raise LookUpFailed(type(error).__name__) from error
    if message.sid != sid:
        raise LookUpFailed("not the message asked for")
    return _found(message)


def _found(message: MessageInstance) -> Found:
    state = FROM_TWILIO.get(message.status, MessageState.ACCEPTED)
    return Found(message.sid, state, message.body, message.error_code)


def _callback(message_id: ObjectId, attempt: int) -> str:
    path = f"/api/webhooks/twilio/status?message={message_id}&attempt={attempt}"
    return f"{settings().web.public_base_url}{path}#{CALLED_BACK}"


def _address(phone: str) -> str:
    """Return a WhatsApp address; whoever hides their number is known by an address already."""
    return phone if phone.startswith(phones.CHANNEL) else phones.to_address(phone)


def _refusal(http_status: int, code: int | None) -> Outcome:
    if http_status >= 500 or http_status < 400 or http_status == REQUEST_TIMEOUT:
        return Outcome(Result.UNKNOWN, http_status=http_status)
    # A body without a code makes the SDK repeat the HTTP status as the code.
    return Outcome(Result.REFUSED, code=None if code == http_status else code, http_status=http_status)
