"""The attempts of a message: how the state of one rises, and which state they give the message."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dispatch.rules.outbox import states
from dispatch.rules.outbox.states import MessageState

Attempt = dict[str, Any]
UNFINISHED = frozenset({MessageState.SENDING, MessageState.UNKNOWN, MessageState.QUEUED})
#: Only a person queues a message in these states again. A receipt may still show that the message arrived.
SET_ASIDE = frozenset({MessageState.WITHDRAWN, MessageState.PARKED})


def raised(
    attempts: Sequence[Mapping[str, Any]],
    n: int,
    state: MessageState,
    at: datetime,
    sid: str | None = None,
    error_code: int | None = None,
) -> list[Attempt] | None:
    """Return the attempts with attempt `n` (from 1) raised to `state`. Return None if neither state nor SID is new.

    A SID that a look-up guessed is replaced by the SID of a receipt. The SID of an attempt that has arrived is certain.
    """
    after = [dict(attempt) for attempt in attempts]
    attempt = after[n - 1]
    rises = states.rises(attempt["state"], state)
    has_sid = attempt.get("sid") is not None
    if not rises and (sid is None or attempt.get("sid") == sid or (has_sid and attempt["state"] in states.ARRIVED)):
        return None
    if sid:
        attempt["sid"] = sid
    if rises:
        attempt.pop("error_code", None)  # a late `delivered` cancels an earlier failure
        attempt.update({"state": state.value, f"{state.value}_at": at})
        if error_code is not None:
            attempt["error_code"] = error_code
    return after


def decisive(attempts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the attempt that decides the message's state. Raises ValueError if there is no attempt."""
    best = states.best(attempts)
    if best is None:
        raise ValueError("The message has no attempts.")
    return best


def reported_failures(attempts: Sequence[Mapping[str, Any]], besides: int) -> int:
    """Return the number of attempts that Twilio accepted and then reported as failed, without attempt `besides`."""
    return sum(1 for each in attempts if each["n"] != besides and each.get("sid") and each["state"] in states.LOST)


def summary(
    attempts: Sequence[Mapping[str, Any]], n: int, state: MessageState, *, before: str, again: bool
) -> dict[str, Any]:
    """Return the message's fields after attempt `n` was reported as `state`: status, error_code, twilio_sid and times.

    `before`: the message's status so far. `again`: another attempt is to follow attempt `n` if that is the decisive
    one. If all attempts are lost, the message keeps its status (queued, withdrawn, …) unless the reported attempt is
    the decisive one. A field is None if the decisive attempt does not have it.
    """
    best = decisive(attempts)
    status = best["state"]
    if status in states.LOST:
        if before in SET_ASIDE or (best["n"], best["state"]) != (n, state):
            status = before
        elif again:
            status = MessageState.QUEUED
        elif status == MessageState.NOT_FOUND:
            status = MessageState.FAILED
    shown = {"status": str(status), "error_code": best.get("error_code"), "twilio_sid": best.get("sid")}
    return shown | {f"{reached}_at": best.get(f"{reached}_at") for reached in ("sent", "delivered", "read")}
