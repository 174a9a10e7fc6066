"""Outcomes: what Twilio's answers, receipts and look-ups mean for a message, and whether it is tried again."""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from config.settings import settings
from dispatch.actions import alarms
from dispatch.actions.outbox import templates
from dispatch.actions.people import agents
from dispatch.channels.whatsapp.client import Outcome, Result
from dispatch.hints import tasks
from dispatch.models import Agent, Client, Contact, Message
from dispatch.models.consent import Ground, How
from dispatch.models.message.batched import Going
from dispatch.rules.outbox import attempts, states, twilio_errors
from dispatch.rules.outbox.states import MessageState
from dispatch.rules.outbox.twilio_errors import Advice
from dispatch.rules.outbox.window import SentAs

log = structlog.get_logger(__name__)

#: A message that could not be sent for so long has failed: Twilio's own queue gives up after the same time.
GIVE_UP_AFTER = timedelta(hours=4)
#: Failures reported by receipt are tried again this often.
RETRIED_FAILURES = 3
#: What may have been a hiccup is tried once more after so long.
ONCE_MORE_IN = timedelta(minutes=1)
#: What a template that serves no more did not carry is said otherwise when every worker knows of that.
OTHERWISE_IN = timedelta(seconds=templates.READ_FOR + 5)
_jitter = random.SystemRandom()  # without a state that forked workers would share


def record_all(came: Sequence[tuple[Going, Outcome]], now: datetime) -> None:
    """Write what became of the attempts that were leased last; what Twilio took is written at once.

    What breaks over one of them is raised when all are written; a store that breaks, at once.
    """
    taken = [(message, outcome.sid) for message, outcome in came if outcome.result == Result.ACCEPTED and outcome.sid]
    together = len(taken) > 1 and _noted_at_once(taken, now)
    if together:
        for awaited in Message.awaited_among([message.id for message, _ in taken]):
            let_the_next_go(awaited)
    broken: list[Exception] = []
    for message, outcome in came:
        try:
            if not (together and outcome.result == Result.ACCEPTED):
                record(message, message.n, outcome, now)
        except (PyMongoError, RedisError):  # it would be waited for once more with each of them
            raise
        except Exception as error:  # noqa: BLE001 (raised below)
            broken.append(error)
    if broken:
        raise broken[0]


def _noted_at_once(taken: Sequence[tuple[Going, str]], now: datetime) -> bool:
    try:
        return Message.accepted(taken, now)
    except PyMongoError:
        raise
    except Exception:  # noqa: BLE001 (over one of them: it is found when each is written by itself)
        return False


def record(message: Message | Going, n: int, outcome: Outcome, now: datetime) -> None:
    """Write what became of an attempt, and when it is looked at again."""
    if outcome.result == Result.ACCEPTED:
        let_the_next_go(Message.outcome(message.id, n, MessageState.ACCEPTED, now, sid=outcome.sid, known=message))
        return
    if outcome.result == Result.UNKNOWN:
        log.warning("unknown whether sent", message=str(message.id), attempt=n, http_status=outcome.http_status)
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
    """Take Twilio's word for an attempt, from a receipt or a look-up."""
    if state not in (MessageState.FAILED, MessageState.UNDELIVERED):
        let_the_next_go(Message.outcome(message.id, n, state, now, sid=sid, known=message))
        return
    advice = twilio_errors.advice(error_code)
    if (
        advice in twilio_errors.TRIED_AGAIN
        and attempts.reported_failures(message.attempts, besides=n) >= RETRIED_FAILURES
    ):
        advice = Advice.FAIL
    _fail(message, n, state, advice, error_code, now, sid)


def never_taken(message: Message, n: int, now: datetime) -> None:
    """Twilio was asked twice and has no record of an attempt: send again, unless our workers die of it each time."""
    _fail(message, n, MessageState.NOT_FOUND, Advice.RETRY, None, now)


def let_the_next_go(message: Message | None) -> None:
    """Hint at what waits behind a message, if that is through: its lane goes on in order."""
    if message and message.awaited and message.status not in attempts.UNFINISHED:
        tasks.send(Message.next_to(message.phone, message.lane), message.lane)


def _fail(message: Message | Going, n: int, state: MessageState, advice: Advice, code: int | None, now: datetime,
          sid: str | None = None) -> None:  # fmt: skip
    again_at = _again_at(message, n, advice, code, now)
    if attempts.raised(message.attempts, n, state, now, sid, code) is None:
        return  # known already: a receipt that came twice must not undo a START in between
    _learn(message, n, advice, code, now)  # before it is noted: after a crash the same receipt would say nothing new
    after = Message.outcome(message.id, n, state, now, sid=sid, error_code=code, again_at=again_at, known=message)
    if after is None:
        return
    log.log(
        logging.ERROR if advice in twilio_errors.LOUD else logging.WARNING,
        "message failed", message=str(message.id), attempt=n, code=code, advice=advice.value, status=after.status,
    )  # fmt: skip
    if after.status == MessageState.PARKED:
        log.error("outbound message parked", message=str(message.id), error=after.error)
    let_the_next_go(after)
    if again_at and after.status == MessageState.QUEUED:
        tasks.send([message.id], message.lane, (again_at - now).total_seconds())


def _again_at(message: Message | Going, n: int, advice: Advice, code: int | None, now: datetime) -> datetime | None:
    """Return when an attempt that failed so is followed by another one; None when it is the last."""
    failures, age = attempts.reported_failures(message.attempts, besides=n), now - message.created_at
    if advice in twilio_errors.TRIED_AGAIN and age < GIVE_UP_AFTER:
        return now + timedelta(seconds=states.backoff(n, _jitter))
    if advice == Advice.ONCE and not failures and age < GIVE_UP_AFTER:
        return now + ONCE_MORE_IN
    if advice == Advice.NEEDS_TEMPLATE and _may_be_a_template(message, n):
        return now
    if code in twilio_errors.OF_A_TEMPLATE and failures < RETRIED_FAILURES and age < GIVE_UP_AFTER:
        return now + OTHERWISE_IN
    limit = twilio_errors.waits_until(advice, failures, now)
    return limit if limit and limit - message.created_at < twilio_errors.PATIENCE else None


def _may_be_a_template(message: Message | Going, n: int) -> bool:
    """Whether what was said as free text, to somebody whose window is closed, may yet be said as a template: once."""
    sent_as = message.attempts[n - 1].get("sent_as", SentAs.TEXT)
    return sent_as != SentAs.TEMPLATE and not templates.book().is_empty


def _learn(message: Message | Going, n: int, advice: Advice, code: int | None, now: datetime) -> None:
    """Keep what a failure tells of the person or of the template, beyond this message."""
    attempt = message.attempts[n - 1]
    if advice == Advice.NEEDS_TEMPLATE:
        Contact.shut(message.phone, attempt["started_at"])
    if advice in twilio_errors.LOUD:
        alarms.record_twilio_error(advice, code, now)
    if advice == Advice.OPTED_OUT:
        _opt_out(message, Ground(How.TWILIO, message=message.id, code=code), now)
    if advice == Advice.UNREACHABLE:
        _lose(message, code, now)
    if code in twilio_errors.OF_A_TEMPLATE and attempt.get("content_sid"):
        templates.refused(attempt["content_sid"], code, now)


def _lose(message: Message | Going, code: int | None, now: datetime) -> None:
    """Note that somebody can't be reached, unless they have another number by now."""
    agent = Agent.get(message.agent)
    if agent and agent.phone == message.phone:
        agents.set_unreachable(agent, code, now)
    elif agent is None and message.client_id:
        Client.set_unreachable(message.phone, now)


def _opt_out(message: Message | Going, ground: Ground, now: datetime) -> None:
    agent = Agent.get(message.agent)
    if agent:
        agents.opt_out(agent, now, ground)
    elif message.client_id:
        Client.opt_out(message.phone, now, ground)
