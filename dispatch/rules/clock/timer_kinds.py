"""The table of timer kinds: one row a kind says when it is due, and for which states of a job.

To add a kind, add one row here and its effect in `actions/clock/due.py`. Code names a kind by its constant; a timer
stores the row's `name`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.rules import timing
from dispatch.rules.jobs.states import AGREED, JobState


@dataclass(frozen=True)
class Moments:
    """The moments of a job and the lengths of time (settings) from which due times are computed.

    `approved_at`, `begun_at` and `reopened_at` are None before that has happened. `now`: the moment of computing.
    """

    now: datetime
    starts_at: datetime
    approved_at: datetime | None
    begun_at: datetime | None
    hold: timedelta
    nudge: timedelta
    reminder_minutes: int
    inspection: timedelta
    not_taken: timedelta
    reopened_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """The moment at which the visit should be over: a visit that began or was reopened late ends as much later."""
        return (
            max(self.begun_at or self.starts_at, self.reopened_at or self.starts_at, self.starts_at) + self.inspection
        )


@dataclass(frozen=True)
class TimerKind:
    """One kind of timer.

    - `about`: the effect of the timer, as the API describes it.
    - `due`: computes the due time. None: the job needs no such timer.
    - `states`: the states of the job in which the timer has an effect.
      A waiting timer is removed when the job leaves them, or has another plan or round.
    - `then`: the timer that is set when this one has had its effect.
    """

    name: str
    about: str
    due: Callable[[Moments], datetime | None]
    states: frozenset[JobState]
    then: str | None = None


#: While no offer arrives, one agent is sent an offer so often: at first, and after twenty minutes.
OFFER_AGAIN_IN, OFFER_AGAIN_LATER = timedelta(minutes=5), timedelta(minutes=15)


def _at_half_time_or(wait: Callable[[Moments], timedelta]) -> Callable[[Moments], datetime]:
    """Compute a due time after a wait, or at half of the time that is left until the visit, if that is sooner."""
    return lambda moments: timing.in_good_time(moments.starts_at, wait(moments), moments.now)


def _reminder_due(moments: Moments) -> datetime | None:
    """Count from the approval, not from now: the approval may be followed up late."""
    if moments.approved_at is None:
        return None
    return timing.reminder_due(moments.starts_at, moments.reminder_minutes, moments.approved_at)


EXPIRY = TimerKind(
    "expiry",
    "the visit should begin: a job that no agent has taken expires",
    due=lambda moments: moments.starts_at,
    states=frozenset({JobState.PENDING}),
)
NOT_TAKEN = TimerKind(
    "not_taken",
    "the visit is near, and no agent has taken the job: operations get an alarm",
    due=lambda moments: timing.not_taken_due(moments.starts_at, moments.not_taken, moments.now),
    states=frozenset({JobState.PENDING}),
)
REACH = TimerKind(
    "reach",
    "every offer has failed: one agent is sent the offer again, and all others once a message has arrived",
    due=lambda moments: moments.now + OFFER_AGAIN_IN,
    states=frozenset({JobState.PENDING}),
)
HOLD = TimerKind(
    "hold",
    "the agent for whom the job is held has not answered: the job is offered to all",
    due=_at_half_time_or(lambda moments: moments.hold),
    states=frozenset({JobState.PENDING}),
)
NUDGE = TimerKind(
    "nudge",
    "the agent has not confirmed: the agent is asked again",
    due=_at_half_time_or(lambda moments: moments.nudge),
    states=frozenset({JobState.ASSIGNED}),
    then="unconfirmed",
)
UNCONFIRMED = TimerKind(
    "unconfirmed",
    "the agent was asked again and has not confirmed: operations get an alarm",
    due=_at_half_time_or(lambda moments: moments.nudge),
    states=frozenset({JobState.ASSIGNED}),
)
VISIT_START = TimerKind(
    "visit_start",
    "the visit should begin, and its agent has not confirmed: operations get an alarm, and the client is informed",
    due=lambda moments: moments.starts_at,
    states=frozenset({JobState.ASSIGNED}),
)
REMINDER = TimerKind(
    "reminder",
    "agent and client are reminded of the visit",
    due=_reminder_due,
    states=frozenset({JobState.APPROVED}),
)
ENDING = TimerKind(
    "ending",
    "the visit should be over: the agent is asked whether it is",
    due=lambda moments: moments.ends_at,
    states=frozenset(AGREED),
    then="not_completed",
)
NOT_COMPLETED = TimerKind(
    "not_completed",
    "the agent was asked and has not reported the visit as completed: operations get an alarm",
    due=lambda moments: moments.now + moments.nudge,
    states=frozenset(AGREED),
)

#: All rows above, by name.
TIMER_KINDS: dict[str, TimerKind] = {row.name: row for row in list(vars().values()) if isinstance(row, TimerKind)}


def offer_again_in(unheard: timedelta | None) -> timedelta:
    """Return the wait before an offer is tried again, when no agent can have heard of the job for this long."""
    return OFFER_AGAIN_IN if unheard is not None and unheard < timedelta(minutes=20) else OFFER_AGAIN_LATER
