"""A message's attempts: how one rises, and what all of them together say of the message."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dispatch.rules.outbox import states
from dispatch.rules.outbox.states import MessageState

Attempt = dict[str, Any]
UNFINISHED = frozenset({MessageState.SENDING, MessageState.UNKNOWN, MessageState.QUEUED})
#: Only a person brings a message back from here; but it may turn out that it had arrived.
SET_ASIDE = frozenset({MessageState.WITHDRAWN, MessageState.PARKED})


def raised(
    attempts: Sequence[Mapping[str, Any]],
    n: int,
    state: MessageState,
    at: datetime,
    sid: str | None = None,
    error_code: int | None = None,
) -> list[Attempt] | None:
    """Return the attempts with attempt `n` (from 1) raised to `state`; None when that says nothing new."""
    after = [dict(attempt) for attempt in attempts]
    attempt = after[n - 1]
    rises = states.rises(attempt["state"], state)
    if not rises and (sid is None or attempt.get("sid") == sid):
        return None
    if sid:
        attempt["sid"] = sid
    if rises:
        attempt.pop("error_code", None)  # a failure that a late `delivered` overtakes was none
        attempt.update({"state": state.value, f"{state.value}_at": at})
        if error_code is not None:
            attempt["error_code"] = error_code
    return after


def speaker(attempts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the attempt that speaks for the message. Raises ValueError when none was made."""
    best = states.best(attempts)
    if best is None:
        raise ValueError("a message without attempts")
    return best


def reported_failures(attempts: Sequence[Mapping[str, Any]], besides: int) -> int:
    """Return how many attempts Twilio took and then reported as failed, attempt `besides` left out."""
    return sum(1 for each in attempts if each["n"] != besides and each.get("sid") and each["state"] in states.LOST)


def summary(
    attempts: Sequence[Mapping[str, Any]], n: int, state: MessageState, *, standing: str, again: bool
) -> dict[str, Any]:
    """Return what the message shows once attempt `n` was reported as `state`: status, error_code, twilio_sid and times.

    `standing` is the message's status so far; `again`: attempt `n` is to be followed by another one, if nothing better
    speaks for the message. A message all of whose attempts are lost stays what it was (queued, withdrawn, …) unless
    the latest of them is the one reported. None stands for what the best attempt does not have.
    """
    speaks = speaker(attempts)
    status = speaks["state"]
    if status in states.LOST:
        if standing in SET_ASIDE or (speaks["n"], speaks["state"]) != (n, state):
            status = standing
        elif again:
            status = MessageState.QUEUED
        elif status == MessageState.NOT_FOUND:
            status = MessageState.FAILED
    shown = {"status": str(status), "error_code": speaks.get("error_code"), "twilio_sid": speaks.get("sid")}
    return shown | {f"{reached}_at": speaks.get(f"{reached}_at") for reached in ("sent", "delivered", "read")}
