"""The table of timer kinds: one row a kind says when it is due, for which states of a job, and what clears it.

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
    - `cleared_by`: the events of the job that remove the timer while it waits. A timer of another plan or round than
      the job's present one has no effect in any case.
    - `then`: the timer that is set when this one has had its effect.
    """

    name: str
    about: str
    due: Callable[[Moments], datetime | None]
    states: frozenset[JobState]
    cleared_by: frozenset[str] = frozenset({"moved", "released", "completed", "cancelled"})
    then: str | None = None


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
