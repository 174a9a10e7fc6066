"""The laws of a job: whose it is, what its timeline says, and what will move it on; each names its offenders.

Rows come in as MongoDB has them, so that what a document class would forgive is seen too.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.rules.clock.timer_kinds import EXPIRY, HOLD, REMINDER, TIMER_KINDS
from dispatch.rules.jobs.attention import STANDS_IN, Reason
from dispatch.rules.jobs.states import MOVES, OPEN, OWNED, ROUND_BEGINS, JobState

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Offence:
    """A law that does not hold: for which document, and since when (as far as that is known)."""

    law: str
    kind: str
    id: str
    since: datetime | None = None


@dataclass(frozen=True)
class JobSnapshot:
    """A job with the offers that won it and its timers, as read at (nearly) one moment."""

    job: Row
    won: Sequence[Row]
    timers: Sequence[Row]

    @property
    def of_now(self) -> dict[str, Row]:
        """Its timers of the present plan and round, by kind."""
        here = (self.job.get("plan", 1), self.job.get("round", 1))
        return {each["kind"]: each for each in self.timers if (each.get("plan", 1), each.get("round", 1)) == here}

    def waits(self, *kinds: str) -> bool:
        """Whether one of these timers is still to fire."""
        return any(not _is_over(self.of_now[kind]) for kind in kinds if kind in self.of_now)


def _is_over(timer: Row) -> bool:
    """Whether a timer has fired, came too late, or was given up (which is listed elsewhere)."""
    return any(timer.get(end) is not None for end in ("fired_at", "missed_at", "parked_at"))


def of_job(standing: JobSnapshot, before: datetime) -> Iterator[Offence]:
    """Yield what is wrong with a job that nobody has touched since `before`; in its midst little can be said."""
    job = standing.job
    for law, since in _unfollowed(job, before):
        yield Offence(law, "job", str(job["_id"]), since)
    if job["updated_at"] > before:
        return
    laws = _ALWAYS if job.get("unfollowed") else _ALWAYS + _ONCE_FOLLOWED
    for each in laws:
        for law in each(standing):
            yield Offence(law, "job", str(job["_id"]), job["updated_at"])


def _unfollowed(job: Row, before: datetime) -> Iterator[tuple[str, datetime | None]]:
    happened = {event["id"]: event["at"] for event in job.get("timeline", ())}
    due, waiting = job.get("follow_up_at"), job.get("unfollowed") or ()
    moments = [happened[event_id] for event_id in waiting if event_id in happened]
    if moments and min(moments) <= before:
        yield "event-unfollowed", min(moments)
    if len(moments) < len(waiting) or (waiting and due is None):
        yield "event-never-followed", min(moments, default=None)
    if due is not None and due <= before:
        yield "following-long-out", due


def _whose(standing: JobSnapshot) -> Iterator[str]:
    """The timeline tells whose a job is and in which state; each event was allowed, and only its agent moved it."""
    state: str | None = None
    owner, job = None, standing.job
    for event in job.get("timeline", ()):
        name = event["name"]
        if name in MOVES and state not in MOVES[name]:
            yield "event-out-of-place"
        if name in ("approved", "in_progress", "completed") and event.get("agent") != owner:
            yield "moved-by-another"
        owner = event.get("agent") if name == JobState.ASSIGNED else None if name == "released" else owner
        state = event.get("to", state)
    if (job["status"], job.get("agent")) != (state, owner):
        yield "timeline-disagrees"
    if job["status"] in OWNED and job.get("agent") is None:
        yield "no-owner"


def _figures(standing: JobSnapshot) -> Iterator[str]:
    job, timeline = standing.job, standing.job.get("timeline", ())
    if job["status"] not in (job.get("reached") or {}):
        yield "state-unreached"
    if job.get("version", 1) != 1 + sum(1 for event in timeline if event["name"] in MOVES):
        yield "version-disagrees"
    rounds = [event["round"] for event in timeline if event["name"] in ROUND_BEGINS and event.get("round")]
    if rounds and rounds[-1] != job.get("round", 1):
        yield "round-disagrees"
    if job.get("held_for") and job["status"] != JobState.PENDING:
        yield "held-and-not-pending"
    if job.get("deleted_at") and job["status"] != JobState.CANCELLED:
        yield "deleted-and-not-cancelled"


def _attention(standing: JobSnapshot) -> Iterator[str]:
    job, reason = standing.job, standing.job.get("attention")
    stands = reason in {each.value for each in Reason} and job["status"] in STANDS_IN[Reason(reason)]
    if (reason and not stands) or bool(reason) != bool(job.get("attention_since")):
        yield "attention-without-reason"
    if job.get("alert_at") and not reason:
        yield "alarm-of-nothing"


def _one_winner(standing: JobSnapshot) -> Iterator[str]:
    """A round is won once, and by who has the job."""
    if any(times > 1 for times in Counter(offer["round"] for offer in standing.won).values()):
        yield "two-owners"
    owner = standing.job.get("agent")
    if any(offer["agent"] != owner for offer in standing.won):
        yield "won-by-another"
    if standing.job["status"] in OWNED and owner and all(offer["agent"] != owner for offer in standing.won):
        yield "owner-did-not-win"


def _timers(standing: JobSnapshot) -> Iterator[str]:
    """Something will fall due for a job that is not over, and nothing for one that is."""
    job, status = standing.job, standing.job["status"]
    if status not in OPEN:
        if not all(map(_is_over, standing.timers)):
            yield "timer-of-ended-job"
        return
    if any(not _is_over(timer) and timer.get("next_attempt_at") is None for timer in standing.timers):
        yield "timer-never-fires"
    if status == JobState.PENDING:
        expiry = standing.of_now.get(EXPIRY.name)
        if expiry is None or expiry.get("fired_at") is not None or expiry["due_at"] != job["starts_at"]:
            yield "expiry-missing"
    if job.get("held_for") and not standing.waits(HOLD.name):
        yield "hold-missing"
    for kind in TIMER_KINDS.values():  # nudge-missing, ending-missing
        known = job.get("attention") or status not in kind.states
        if kind.then and not known and not standing.waits(kind.name, kind.then):
            yield f"{kind.name}-missing"


def reminder_missing(standing: JobSnapshot, now: datetime) -> bool:
    """Whether a visit that is still ahead is agreed and nobody will be reminded of it."""
    job = standing.job
    ahead = job["status"] in REMINDER.states and job["starts_at"] > now and not job.get("unfollowed")
    return ahead and REMINDER.name not in standing.of_now


_Law = Callable[[JobSnapshot], Iterator[str]]
_ALWAYS: tuple[_Law, ...] = (_whose, _figures, _attention)
_ONCE_FOLLOWED: tuple[_Law, ...] = (_one_winner, _timers)
