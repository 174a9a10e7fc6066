"""Why a job did or did not reach an agent: of all that is on record of the two, what tells most."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dispatch.rules.inbox.acts import Act
from dispatch.rules.jobs.states import OPEN, OWNED, JobState
from dispatch.rules.offers.offering import AgentStatus, OfferState
from dispatch.rules.operations.why_sentences import FAILURES, SENTENCES, TELL_THE_END, Because
from dispatch.rules.outbox import twilio_errors
from dispatch.rules.outbox.states import MessageState


@dataclass(frozen=True)
class Facts:
    """What is on record of one job and one agent; None where it has not come to that. Moments are aware UTC.

    `offer` and what follows up to `parked` are of the job's latest round only, its `message` as far as it got.
    `wrote` is what they wrote last since the offer was understood as, if it is about this job or none that we know;
    `unhandled`: it is not handled yet, `parked`: handling it was given up. `gave_back` (or, when False, were taken off
    it) since all were last asked anew. `offered_at` is when that round began, `ended_at` when the job ended;
    `was_held`: that round was for another agent alone to its end. `follows`: a change of their standing is still to be
    followed, `unfollowed`: an event of the job. `paused_until`: they want no offers until then.
    """

    job: JobState = JobState.PENDING
    is_theirs: bool = False
    gave_back: bool | None = None
    left_at: datetime | None = None
    offer: OfferState | None = None
    closed_at: datetime | None = None
    message: MessageState | None = None
    code: int | None = None
    tries: int = 0
    tried_at: datetime | None = None
    next_try_at: datetime | None = None
    arrived_at: datetime | None = None
    said_yes_at: datetime | None = None
    wrote: Act | None = None
    wrote_at: datetime | None = None
    unhandled: bool = False
    parked: bool = False
    status: AgentStatus = AgentStatus.ACTIVE
    opted_out: bool = False
    unreachable: bool = False
    paused_until: datetime | None = None
    follows: bool = False
    joined_at: datetime | None = None
    offered_at: datetime | None = None
    ended_at: datetime | None = None
    held_for_other: bool = False
    held_until: datetime | None = None
    was_held: bool = False
    time_has_come: bool = False
    unfollowed: bool = False

    @property
    def searching(self) -> bool:
        """Whether anybody may still take the job."""
        return self.job == JobState.PENDING

    @property
    def is_open(self) -> bool:
        """Whether they may still take it."""
        return self.searching and self.offer == OfferState.OPEN

    @property
    def lost(self) -> bool:
        """Whether it went to somebody else while it was offered to them."""
        undecided = self.offer in (OfferState.OPEN, OfferState.CLAIMED)  # about to be closed
        return self.offer == OfferState.TAKEN or (undecided and self.job in (*OWNED, JobState.COMPLETED))

    @property
    def not_asked(self) -> bool:
        """Whether others were asked and they were not: they had no offer, or it was closed while others stood."""
        with_the_job = self.job == JobState.EXPIRED and _is_after(self.closed_at, self.ended_at)
        return self.offer is None or (self.offer == OfferState.CLOSED and not with_the_job)

    @property
    def joined_later(self) -> bool:
        """Whether they became an agent after the job was offered."""
        return _is_after(self.joined_at, self.offered_at)


@dataclass(frozen=True)
class Verdict:
    """The cause, and one sentence about it for operations."""

    because: Because
    explanation: str


Line = tuple[Because, Callable[[Facts], bool]]
_B, _J, _M, _O, _S = Because, JobState, MessageState, OfferState, AgentStatus
#: What somebody did comes before what became of a message, and that before what became of the job.
_ANSWERS: tuple[Line, ...] = (
    (_B.THEIRS, lambda f: f.is_theirs and f.job in OWNED),
    (_B.VISITED, lambda f: f.is_theirs and f.job == _J.COMPLETED),
    (_B.THEIRS_UNTIL_CANCELLED, lambda f: f.is_theirs and f.job == _J.CANCELLED),
    (_B.GAVE_IT_BACK, lambda f: f.gave_back is True and f.offer is None),
    (_B.TAKEN_OFF_IT, lambda f: f.gave_back is False and f.offer is None),
    (_B.CLAIMED, lambda f: f.searching and f.offer == _O.CLAIMED),
    (_B.DECLINED, lambda f: f.offer == _O.DECLINED),
    (_B.YES_TOO_LATE, lambda f: f.lost and f.said_yes_at is not None),
    (_B.ANSWER_WAITS, lambda f: f.is_open and f.unhandled),
    (_B.ANSWER_PARKED, lambda f: f.is_open and f.parked),
    (_B.ASKED_BACK, lambda f: f.is_open and f.wrote == Act.ASK_BACK),
    (_B.NOT_UNDERSTOOD, lambda f: f.is_open and f.wrote == Act.UNKNOWN),
    (_B.MESSAGE_FAILED, lambda f: f.message in (_M.FAILED, _M.UNDELIVERED)),
    (_B.MESSAGE_PARKED, lambda f: f.message == _M.PARKED),
)
_NOT_ASKED: tuple[Line, ...] = (
    (_B.HELD_FOR_ANOTHER, lambda f: f.searching and f.held_for_other and f.offer is None),
    (_B.KEPT_BY_ANOTHER, lambda f: not f.searching and f.was_held and f.offer is None),
    (_B.JOINED_TOO_LATE, lambda f: not f.searching and f.joined_later and f.offer is None),
    (_B.TIME_HAS_COME, lambda f: f.searching and f.time_has_come),
    (_B.OPTED_OUT, lambda f: f.opted_out),
    (_B.UNREACHABLE, lambda f: f.unreachable),
    (_B.SUSPENDED, lambda f: f.status == _S.SUSPENDED),
    (_B.INACTIVE, lambda f: f.status == _S.INACTIVE),
    (_B.PAUSED, lambda f: f.paused_until is not None),
    (_B.OFFERING, lambda f: f.searching and f.unfollowed),
    (_B.CATCHING_UP, lambda f: f.searching and f.follows),
    (_B.NOT_CAUGHT_UP, lambda f: f.searching and (f.joined_later or f.offer == _O.CLOSED)),
    (_B.NEVER_OFFERED, lambda f: f.searching),
    (_B.JOB_CANCELLED, lambda f: f.job == _J.CANCELLED),
    (_B.JOB_EXPIRED, lambda f: f.job == _J.EXPIRED),
    (_B.NOT_ACTIVE_THEN, lambda f: True),
)
_ASKED: tuple[Line, ...] = (
    (_B.OFFERING, lambda f: f.is_open and f.message is None),
    (_B.CLOSED_BEFORE_SENT, lambda f: f.message == _M.WITHDRAWN or (not f.is_open and f.message in (None, _M.QUEUED))),
    (_B.WAITS_TO_BE_SENT, lambda f: f.message == _M.QUEUED and not f.tries),
    (_B.WAITS_FOR_ANOTHER_TRY, lambda f: f.message == _M.QUEUED),
    (_B.BEING_SENT, lambda f: f.message == _M.SENDING),
    (_B.UNKNOWN_IF_SENT, lambda f: f.message == _M.UNKNOWN),
    (_B.NOT_DELIVERED, lambda f: f.message in (_M.ACCEPTED, _M.SENT)),
    (_B.ARRIVED_TOO_LATE, lambda f: f.lost and _is_after(f.arrived_at, f.closed_at)),
    (_B.SOMEBODY_FASTER, lambda f: f.lost),
    (_B.JOB_CANCELLED, lambda f: f.job == _J.CANCELLED),
    (_B.READ_NOT_ANSWERED, lambda f: f.message == _M.READ and f.offer in (_O.OPEN, _O.CLOSED)),
    (_B.NOT_ANSWERED, lambda f: f.message == _M.DELIVERED and f.offer in (_O.OPEN, _O.CLOSED)),
)


def why(facts: Facts) -> Verdict:
    """Return what tells most about why this agent has the job or has not."""
    lines = (*_ANSWERS, *(_NOT_ASKED if facts.not_asked else _ASKED))
    because = next((cause for cause, holds in lines if holds(facts)), Because.ODD)
    return Verdict(because, _explained(because, facts))


def _explained(because: Because, facts: Facts) -> str:
    said: dict[str, Any] = {name: _said(value) for name, value in vars(facts).items()}
    said["with_code"] = f"with error {facts.code}" if facts.code else "without an error code"
    said["failure"] = FAILURES[twilio_errors.advice(facts.code)]
    sentence = SENTENCES[because].format(**said)
    if facts.job in OPEN or because in TELL_THE_END:
        return sentence
    return f"{sentence.removesuffix('.')}; by now the job is {facts.job}."


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d at %H:%M:%S} UTC"
    if value is None:
        return "a day not known yet"
    return str(value).replace("_", " ") if isinstance(value, JobState) else value


def _is_after(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other
