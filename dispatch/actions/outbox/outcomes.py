"""Outcomes: Twilio's answers, receipts and look-ups change a message, and decide whether it is retried."""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from config.settings import settings
from dispatch.actions import alarms
from dispatch.actions.offers import reach
from dispatch.actions.outbox import client_news, recipients, templates
from dispatch.actions.people import addresses, decisions
from dispatch.channels.whatsapp.client import Outcome, Result
from dispatch.hints import tasks
from dispatch.models import Contact, Message
from dispatch.models.consent import Ground, How
from dispatch.models.message.batched import Outgoing
from dispatch.rules import phones
from dispatch.rules.outbox import attempts, states, twilio_errors
from dispatch.rules.outbox.states import MessageState
from dispatch.rules.outbox.twilio_errors import Advice
from dispatch.rules.outbox.window import SentAs

log = structlog.get_logger(__name__)

#: A message is given up after this long: Twilio's own queue gives up after the same time.
GIVE_UP_AFTER = timedelta(hours=4)
#: Failures that a receipt reports are retried this often.
RETRIED_FAILURES = 3
#: An error that may have been a hiccup is retried once after this.
ONCE_MORE_IN = timedelta(minutes=1)
#: A message whose template was refused is retried after this: by then every worker knows that it was refused.
OTHER_FORM_IN = timedelta(seconds=templates.READ_FOR + 5)
_jitter = random.SystemRandom()  # forked workers would share the state of any other generator


def record_all(ended: Sequence[tuple[Outgoing, Outcome]], now: datetime) -> None:
    """Save the outcomes of leased attempts; those that Twilio accepted are saved in one write.

    An error of one message is raised when all are saved; an error of a store is raised at once.
    """
    accepted = [
        (message, outcome.sid) for message, outcome in ended if outcome.result == Result.ACCEPTED and outcome.sid
    ]
    together = len(accepted) > 1 and _save_accepted(accepted, now)
    if together:
        for awaited in Message.awaited_among([message.id for message, _ in accepted]):
            enqueue_next(awaited)
    broken: list[Exception] = []
    for message, outcome in ended:
        try:
            if not (together and outcome.result == Result.ACCEPTED):
                record(message, message.n, outcome, now)
        except (PyMongoError, RedisError):  # each further message would wait for the store, too
            raise
        except Exception as error:  # noqa: BLE001 (raised below)
            broken.append(error)
    if broken:
        raise broken[0]


def _save_accepted(accepted: Sequence[tuple[Outgoing, str]], now: datetime) -> bool:
    try:
        return Message.accepted(accepted, now)
    except PyMongoError:
        raise
    except Exception:  # noqa: BLE001 (an error of one message: it is raised again when each is saved by itself)
        return False


def record(message: Message | Outgoing, n: int, outcome: Outcome, now: datetime) -> None:
    """Save the outcome of an attempt, and when the message is looked at again."""
    if outcome.result == Result.ACCEPTED:
        enqueue_next(Message.outcome(message.id, n, MessageState.ACCEPTED, now, sid=outcome.sid, known=message))
        return
    if outcome.result == Result.UNKNOWN:
        log.warning("outcome unknown", message=str(message.id), attempt=n, http_status=outcome.http_status)
        again_at = now + timedelta(seconds=settings().outbox.unknown_lookup_seconds)
        Message.outcome(message.id, n, MessageState.UNKNOWN, now, again_at=again_at, known=message)
        return
    advice = (
        Advice.RETRY if outcome.result == Result.NOT_SENT else twilio_errors.advice(outcome.code, outcome.http_status)
    )
    _fail(message, n, MessageState.FAILED, advice, outcome.code or outcome.http_status, now)


def report(
    message: Message, n: int, state: MessageState, now: datetime, *, sid: str | None, error_code: int | None
) -> None:
    """Save the state of an attempt as Twilio reports it in a receipt or a look-up."""
    if state not in (MessageState.FAILED, MessageState.UNDELIVERED):
        enqueue_next(Message.outcome(message.id, n, state, now, sid=sid, known=message))
        return
    advice = twilio_errors.advice(error_code)
    if advice == Advice.RETRY and attempts.reported_failures(message.attempts, besides=n) >= RETRIED_FAILURES:
        advice = Advice.FAIL
    _fail(message, n, state, advice, error_code, now, sid)


def retry_not_found(message: Message, n: int, now: datetime) -> None:
    """Retry an attempt of which Twilio has no record after two look-ups, unless our workers died too often."""
    _fail(message, n, MessageState.NOT_FOUND, Advice.RETRY, None, now)


def enqueue_next(message: Message | None) -> None:
    """Enqueue the messages that wait for this one, if it is finished."""
    if message and message.awaited and message.status not in attempts.UNFINISHED:
        tasks.send(Message.next_to(message.phone, message.lane), message.lane)


def _fail(
    message: Message | Outgoing,
    n: int,
    state: MessageState,
    advice: Advice,
    code: int | None,
    now: datetime,
    sid: str | None = None,
) -> None:
    again_at = (
        now
        if _is_about_a_former_number(message, n, advice)
        else _again_at(message, n, advice, code, now, reported=sid is not None)
    )
    if attempts.raised(message.attempts, n, state, now, sid, code) is None:
        return  # known already: a repeated receipt must not undo a START in between
    # Before the outcome is saved: after a crash in between, the same receipt would not be new.
    _apply_beyond_message(message, n, advice, code, now)
    if again_at is None:
        client_news.note_not_reached(message, now, failed=n)
    if again_at is None or advice in twilio_errors.FOR_OPERATIONS:
        reach.note_failed(message.job, message.kind, now, besides=message.id)
    after = Message.outcome(message.id, n, state, now, sid=sid, error_code=code, again_at=again_at, known=message)
    if after is None:
        return
    facts = {"message": str(message.id), "attempt": n, "code": code, "advice": advice.value, "status": after.status}
    is_ours = advice in twilio_errors.FOR_OPERATIONS
    log.log(logging.ERROR if is_ours else logging.WARNING, "message failed", **facts)
    if after.status == MessageState.PARKED:
        log.error("outbound message parked", message=str(message.id), error=after.error)
        client_news.note_not_reached(after, now)
    if again_at is None or advice in twilio_errors.FOR_OPERATIONS or after.status == MessageState.PARKED:
        reach.note_failed(after.job, after.kind, now)  # two of the last messages may fail at the same moment
    enqueue_next(after)
    if again_at and after.status == MessageState.QUEUED:
        tasks.send([message.id], message.lane, (again_at - now).total_seconds())


def _again_at(
    message: Message | Outgoing, n: int, advice: Advice, code: int | None, now: datetime, *, reported: bool
) -> datetime | None:
    """Return when a failed attempt is followed by another one. Return None if the attempt was the last.

    `reported`: Twilio had accepted the attempt, and reported the failure later.
    """
    failures, age = attempts.reported_failures(message.attempts, besides=n), now - message.created_at
    refused = advice in twilio_errors.RETRIED and not (advice == Advice.MEND and reported)
    if refused and age < GIVE_UP_AFTER:
        return now + timedelta(seconds=states.backoff(n, _jitter))
    if advice in twilio_errors.ONCE_MORE and not failures and age < GIVE_UP_AFTER:
        return now + ONCE_MORE_IN
    if advice == Advice.NEEDS_TEMPLATE and _may_be_a_template(message, n):
        return now
    if code in twilio_errors.TEMPLATE_CODES and failures < RETRIED_FAILURES and age < GIVE_UP_AFTER:
        return now + OTHER_FORM_IN
    if advice == Advice.DAY_LATER:
        return now + twilio_errors.A_DAY if _may_be_delivered_tomorrow(message, n, code) else None
    limit = None if refused else twilio_errors.waits_until(advice, failures, now)
    return limit if limit and limit - message.created_at < twilio_errors.PATIENCE else None


def _may_be_delivered_tomorrow(message: Message | Outgoing, n: int, code: int | None) -> bool:
    """Return whether Meta, which did not deliver attempt `n`, may deliver another one: once, and outside of the US."""
    met_before = any(each["n"] != n and each.get("error_code") == code for each in message.attempts)
    return not met_before and phones.country(message.phone) != "US"


def _is_about_a_former_number(message: Message | Outgoing, n: int, advice: Advice) -> bool:
    """Return whether a failure says that a number can't be written to, and the recipient has another number now."""
    if advice not in (Advice.OPTED_OUT, Advice.UNREACHABLE):
        return False
    return recipients.present_phone(message) not in (None, _sent_to(message, n))


def _sent_to(message: Message | Outgoing, n: int) -> str:
    """Return the key of the person to whom an attempt was sent. The message may have been readdressed since."""
    return addresses.key_of(message.attempts[n - 1].get("to", message.phone))


def _may_be_a_template(message: Message | Outgoing, n: int) -> bool:
    """Return whether a free text that failed as the window is closed may be sent as a template instead: once."""
    sent_as = message.attempts[n - 1].get("sent_as", SentAs.TEXT)
    return sent_as != SentAs.TEMPLATE and not templates.book().is_empty


def _apply_beyond_message(message: Message | Outgoing, n: int, advice: Advice, code: int | None, now: datetime) -> None:
    """Save the effects of a failure on the person, the template or the alarms."""
    attempt, phone = message.attempts[n - 1], _sent_to(message, n)
    if advice == Advice.NEEDS_TEMPLATE:
        Contact.close_window(phone, attempt["started_at"])
    if advice in twilio_errors.FOR_OPERATIONS:
        alarms.record_twilio_error(advice, code, now)
    if advice == Advice.OPTED_OUT:
        decisions.opt_out(phone, now, Ground(How.TWILIO, message=message.id, code=code))
    if advice == Advice.UNREACHABLE:
        decisions.set_unreachable(phone, code, attempt["started_at"], now)
    if code in twilio_errors.TEMPLATE_CODES and attempt.get("content_sid"):
        templates.mark_refused(attempt["content_sid"], code, now)
