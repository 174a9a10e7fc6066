"""Plans a message's delivery: its receipts, their times and their order."""

from dataclasses import dataclass
from typing import NamedTuple

from sandbox.twilio.faults import Fault, FaultKind, Faults
from sandbox.twilio.ledger import Message


@dataclass(frozen=True)
class Pace:
    """Seconds from acceptance to each receipt. `read` is None if the person has switched read receipts off."""

    sent: float = 0.05
    delivered: float = 0.1
    read: float | None = 0.3


class Step(NamedTuple):
    """One receipt, `after` seconds after acceptance."""

    after: float
    status: str
    error_code: int | None = None


def plan(message: Message, pace: Pace, faults: Faults, code: int | None = None) -> list[Step]:
    """Return the receipts of an accepted message. Use up the faults that change them.

    With a `code` the message fails, regardless of the faults.
    """
    steps = _steps(_failure(message, faults, code), pace)
    if faults.take(message.phone, [FaultKind.BLOCKED]):
        steps = [step for step in steps if not reaches(step)]
    if slow := faults.take(message.phone, [FaultKind.SLOW]):
        steps = [step._replace(after=step.after + slow.seconds) if reaches(step) else step for step in steps]
    if faults.take(message.phone, [FaultKind.REVERSED_RECEIPTS]):
        steps = [last._replace(after=first.after) for first, last in zip(steps, reversed(steps), strict=True)]
    if faults.take(message.phone, [FaultKind.DOUBLE_RECEIPTS]):
        steps = [step for step in steps for _ in range(2)]
    return steps


def reaches(step: Step) -> bool:
    """Return whether a step needs the person's phone to be on."""
    return step.status in ("delivered", "read", "undelivered")


def _failure(message: Message, faults: Faults, code: int | None) -> Fault | None:
    if message.to == message.from_:
        return Fault(message.phone, FaultKind.FAILED, code=63031)  # docs: this error comes by receipt, not as an answer
    if code:
        return Fault(message.phone, FaultKind.FAILED, code=code)
    return faults.take(message.phone, [FaultKind.FAILED, FaultKind.UNDELIVERED])


def _steps(failure: Fault | None, pace: Pace) -> list[Step]:
    if failure and failure.kind is FaultKind.FAILED:
        return [Step(pace.sent, "failed", failure.code)]
    sent = Step(pace.sent, "sent")
    if failure:
        return [sent, Step(pace.delivered, "undelivered", failure.code)]
    steps = [sent, Step(pace.delivered, "delivered")]
    return steps if pace.read is None else [*steps, Step(pace.read, "read")]
