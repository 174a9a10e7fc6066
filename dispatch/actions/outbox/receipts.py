"""Receipts: Twilio's delivery reports raise the state of an attempt."""

import structlog

from dispatch.actions.outbox import outcomes
from dispatch.actions.people import addresses
from dispatch.models import Message
from dispatch.models.base.record import object_id, utc_now
from dispatch.rules import numbers, phones
from dispatch.rules.outbox import states

log = structlog.get_logger(__name__)


def receive(query: dict[str, str], form: dict[str, str]) -> None:
    """Receive a delivery report. The attempt's state only rises, in any order of reports. Raises PyMongoError.

    The user id that it gives with the recipient's number is learned.
    """
    _receive(query, form)
    _learn(form)


def _receive(query: dict[str, str], form: dict[str, str]) -> None:
    state = states.FROM_TWILIO.get(form.get("MessageStatus", ""))
    if state in states.TAKEN and _raises_only_attempt(query, form, state):
        return
    found = _find_attempt(query, form.get("MessageSid"))
    if state is None or found is None:
        log.warning("receipt without message", status=form.get("MessageStatus"))
        return
    message, n = found
    code = numbers.read(form.get("ErrorCode"))
    outcomes.report(message, n, state, utc_now(), sid=form.get("MessageSid"), error_code=code)


def _learn(form: dict[str, str]) -> None:
    written, user_id = phones.written_in(form.get("To", "")), phones.written_in(form.get("ExternalUserId", ""))
    if written and user_id and phones.is_user_id(user_id) and not phones.is_user_id(written):
        parent = phones.written_in(form.get("ParentExternalUserId", ""))
        addresses.learn_once(phones.key_of(written), user_id, parent, form.get("WaId"))


def _raises_only_attempt(query: dict[str, str], form: dict[str, str], state: states.MessageState) -> bool:
    """Raise the state of a message with one accepted attempt. Return False in any other case."""
    message_id, sid = object_id(query.get("message")), form.get("MessageSid")
    if message_id is None or not sid or query.get("attempt") != "1":
        return False
    return Message.raise_by_receipt(message_id, sid, state, utc_now())


def _find_attempt(query: dict[str, str], sid: str | None) -> tuple[Message, int] | None:
    """Return message and number of the attempt, by our ids in the query or by Twilio's SID. Return None if unknown."""
    message = Message.get(object_id(query.get("message"))) or Message.by_sid(sid)
    if message is None or message.direction != "outbound" or not message.attempts:
        return None
    by_sid = next((attempt["n"] for attempt in message.attempts if attempt.get("sid") == sid), None)
    named = numbers.read(query.get("attempt"))
    number = by_sid if named is None else named
    return (message, number) if number and number <= len(message.attempts) else None
