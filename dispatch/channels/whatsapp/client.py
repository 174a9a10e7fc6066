"""Calls to Twilio: send a message, look messages up, list inbound messages. Every failure becomes an outcome."""

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

#: Tolerance between Twilio's clock (whole seconds) and ours when an attempt is looked up.
CLOCK_SLACK = timedelta(seconds=30)
#: An attempt is accepted within this time after its start, or never.
TAKEN_WITHIN = timedelta(seconds=sum(TIMEOUT))
#: Messages to one person on a page of a look-up. Usually the first page is enough.
LOOK_UP_PAGE = 50
#: The most messages that Twilio lists on one page.
PAGE_SIZE = 1000
#: Twilio's word for the direction of a message from a person.
INBOUND = "inbound"
#: Twilio's options for calling our webhook: repeat after a failed connection, a time-out or a 5xx, within 15 s in all.
#: Twilio reads the options from the URL's fragment and does not send them.
CALLED_BACK = "rc=3&rp=ct,rt,5xx&rt=5000"
#: The only 4xx that a gateway may answer although Twilio has accepted the request.
REQUEST_TIMEOUT = 408
NOT_FOUND = 404
#: Exceptions of the SDK for an undocumented answer: no JSON, or unexpected fields.
_UNEXPECTED_ANSWER = (TwilioException, ValueError, AttributeError, TypeError, KeyError)
#: There was no connection, so Twilio can't have accepted anything.
_NEVER_LEFT = (NewConnectionError, ConnectTimeoutError, ProxyError)


class Result(StrEnum):
    """The result of one POST."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """The outcome of one POST: the SID if accepted, Twilio's code (or the HTTP status) if refused."""

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
    """A message from a person that Twilio has on record. `at` is the time at Twilio, in whole seconds."""

    sid: str
    sender: str
    to: str
    text: str
    media: str
    at: datetime


@dataclass(frozen=True)
class Content:
    """A content with values of its variables. Twilio fills in sample values if one is missing."""

    sid: str
    variables: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of a POST with this content."""
        return {"content_sid": self.sid, "content_variables": json.dumps(self.variables)}


class LookUpFailed(Exception):
    """Twilio did not answer a look-up. The message itself may have been accepted or not."""


def send(
    sender: str, phone: str, content: str | Content, message_id: ObjectId, attempt: int, *, valid: int | None = None
) -> Outcome:
    """Send one WhatsApp message, a text or a content. Its receipts name our message id and the attempt's number.

    `valid`: the seconds in which Twilio may deliver the message.
    """
    what: dict[str, Any] = {"body": content} if isinstance(content, str) else content.parameters
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
    except _UNEXPECTED_ANSWER:  # a 2xx: Twilio may have accepted the message
        return Outcome(Result.UNKNOWN)
    return Outcome(Result.ACCEPTED, sid=sent.sid) if sent.sid else Outcome(Result.UNKNOWN)


def look_up(sender: str, phone: str, started_at: datetime) -> list[Found]:
    """Return messages to this number or user id that Twilio accepted around `started_at`, newest first.

    Raises LookUpFailed.
    """
    since, until = started_at - CLOCK_SLACK, started_at + TAKEN_WITHIN + CLOCK_SLACK
    found = []
    try:
        # No filter by DateSent: Twilio has no DateSent for a queued message.
        for message in twilio().messages.stream(to=_address(phone), from_=_address(sender), page_size=LOOK_UP_PAGE):
            if message.date_created and message.date_created < since:
                break  # all further messages are older
            if message.date_created is None or message.date_created <= until:
                found.append(_found(message))
    except (HTTPError, *_UNEXPECTED_ANSWER) as error:
        raise LookUpFailed(type(error).__name__) from error
    return found


def received(sender: str, since: datetime) -> Iterator[Received]:
    """Yield the messages that Twilio received for a sender since then, newest first. Raises LookUpFailed.

    Twilio lists the texts only, without buttons and quotes.
    """
    try:
        listed = twilio().messages.stream(to=_address(sender), date_sent_after=since, page_size=PAGE_SIZE)
        for message in listed:
            at = message.date_sent or message.date_created
            # Twilio documents this filter for whole days only.
            if message.direction == INBOUND and at is not None and at >= since.replace(microsecond=0):
                yield Received(
                    message.sid, message.from_, message.to or "", message.body or "", message.num_media or "0", at
                )
    except (HTTPError, *_UNEXPECTED_ANSWER) as error:
        raise LookUpFailed(type(error).__name__) from error


def fetch(sid: str) -> Found | None:
    """Return the message with this SID. Return None if Twilio has none. Raises LookUpFailed."""
    try:
        message = twilio().messages(sid).fetch()
    except TwilioRestException as error:
        if error.status == NOT_FOUND:
            return None
        raise LookUpFailed(type(error).__name__) from error
    except (HTTPError, *_UNEXPECTED_ANSWER) as error:
        raise LookUpFailed(type(error).__name__) from error
    if message.sid != sid:
        raise LookUpFailed("Twilio answered with another message")
    return _found(message)


def _found(message: MessageInstance) -> Found:
    state = FROM_TWILIO.get(message.status, MessageState.ACCEPTED)
    return Found(message.sid, state, message.body, message.error_code)


def _callback(message_id: ObjectId, attempt: int) -> str:
    path = f"/api/webhooks/twilio/status?message={message_id}&attempt={attempt}"
    return f"{settings().web.public_base_url}{path}#{CALLED_BACK}"


def _address(phone: str) -> str:
    """Return the WhatsApp address of a number or a user id; earlier versions saved whole addresses."""
    return phone if phone.startswith(phones.CHANNEL) else phones.to_address(phone)


def _refusal(http_status: int, code: int | None) -> Outcome:
    if http_status >= 500 or http_status < 400 or http_status == REQUEST_TIMEOUT:
        return Outcome(Result.UNKNOWN, http_status=http_status)
    # Without a code in the body, the SDK repeats the HTTP status as the code.
    return Outcome(Result.REFUSED, code=None if code == http_status else code, http_status=http_status)
