"""The laws about jobs: agent, timeline, timers. Each has a name and yields its violations.

Rows come as MongoDB has them, so that errors show that a document class would hide.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.rules import timing
from dispatch.rules.clock.timer_kinds import ENDING, EXPIRY, HOLD, NUDGE, REMINDER, TIMER_KINDS
from dispatch.rules.jobs import attention
from dispatch.rules.jobs.attention import APPLIES_IN, REASONS, Reason
from dispatch.rules.jobs.states import MOVES, OPEN, OWNED, ROUND_BEGINS, JobState

Row = Mapping[str, Any]
#: Events that only the job's agent has.
_BY_THE_AGENT = ("approved", "in_progress", "completed", "reopened", "reopened_in_progress")
#: Timer kind -> the reason that stands when the step of this timer, and of the one after it, had no effect.
_AFTER_TIMER = {NUDGE.name: Reason.UNCONFIRMED, ENDING.name: Reason.NOT_COMPLETED}


@dataclass(frozen=True)
class Offence:
    """A violation of a law: by which document, and since when, if that is known."""

    law: str
    kind: str
    id: str
    since: datetime | None = None


@dataclass(frozen=True)
class JobSnapshot:
    """A job with the offers that won it and its timers, read at almost the same moment."""

    job: Row
    won: Sequence[Row]
    timers: Sequence[Row]

    @property
    def of_now(self) -> dict[str, Row]:
        """The timers of the present plan and round, by kind."""
        here = (self.job.get("plan", 1), self.job.get("round", 1))
        return {each["kind"]: each for each in self.timers if (each.get("plan", 1), each.get("round", 1)) == here}

    def waits(self, *kinds: str) -> bool:
        """Return whether a timer of one of these kinds is still to fire."""
        return any(not _is_over(self.of_now[kind]) for kind in kinds if kind in self.of_now)


def _is_over(timer: Row) -> bool:
    """Return whether a timer has fired, was missed, or is parked. Parked timers are listed elsewhere."""
    return any(timer.get(end) is not None for end in ("fired_at", "missed_at", "parked_at"))


def of_job(snapshot: JobSnapshot, before: datetime) -> Iterator[Offence]:
    """Yield the violations of a job. Most laws are checked only if it has not changed since `before`."""
    job = snapshot.job
    for law, since in _unfollowed(job, before):
        yield Offence(law, "job", str(job["_id"]), since)
    if job["updated_at"] > before:
        return
    laws = _ALWAYS if job.get("unfollowed") else _ALWAYS + _ONCE_FOLLOWED
    for each in laws:
        for law in each(snapshot):
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


def _whose(snapshot: JobSnapshot) -> Iterator[str]:
    """The timeline agrees with the job's agent and state; each event was allowed, and only its agent moved it."""
    state: str | None = None
    owner, job = None, snapshot.job
    for event in job.get("timeline", ()):
        name = event["name"]
        if name in MOVES and state not in MOVES[name]:
            yield "event-out-of-place"
        if name in _BY_THE_AGENT and event.get("agent") != owner:
            yield "moved-by-another"
        owner = event.get("agent") if name == JobState.ASSIGNED else None if name == "released" else owner
        state = event.get("to", state)
    if (job["status"], job.get("agent")) != (state, owner):
        yield "timeline-disagrees"
    if job["status"] in OWNED and job.get("agent") is None:
        yield "no-owner"


def _figures(snapshot: JobSnapshot) -> Iterator[str]:
    job, timeline = snapshot.job, snapshot.job.get("timeline", ())
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


def _attention(snapshot: JobSnapshot) -> Iterator[str]:
    job, reasons = snapshot.job, _reasons(snapshot)
    applies = all(reason in REASONS and job["status"] in APPLIES_IN[Reason(reason)] for reason in reasons)
    if not applies or bool(reasons) != bool(job.get("attention_since")):
        yield "attention-without-reason"
    if job.get("alert_at") and not reasons:
        yield "alarm-of-nothing"


def _reasons(snapshot: JobSnapshot) -> list[str]:
    return [each["reason"] for each in attention.standing(snapshot.job)]


def _one_winner(snapshot: JobSnapshot) -> Iterator[str]:
    """A round has one winner, the job's agent."""
    if any(times > 1 for times in Counter(offer["round"] for offer in snapshot.won).values()):
        yield "two-owners"
    owner = snapshot.job.get("agent")
    if any(offer["agent"] != owner for offer in snapshot.won):
        yield "won-by-another"
    if snapshot.job["status"] in OWNED and owner and all(offer["agent"] != owner for offer in snapshot.won):
        yield "owner-did-not-win"


def _timers(snapshot: JobSnapshot) -> Iterator[str]:
    """An open job has a timer to come, and an ended job has none."""
    job, status = snapshot.job, snapshot.job["status"]
    if status not in OPEN:
        if not all(map(_is_over, snapshot.timers)):
            yield "timer-of-ended-job"
        return
    if any(not _is_over(timer) and timer.get("next_attempt_at") is None for timer in snapshot.timers):
        yield "timer-never-fires"
    if status == JobState.PENDING:
        expiry = snapshot.of_now.get(EXPIRY.name)
        if expiry is None or expiry.get("fired_at") is not None or expiry["due_at"] != job["starts_at"]:
            yield "expiry-missing"
    if job.get("held_for") and not snapshot.waits(HOLD.name):
        yield "hold-missing"
    for kind in TIMER_KINDS.values():  # nudge-missing, ending-missing
        known = status not in kind.states or {_AFTER_TIMER.get(kind.name), Reason.STUCK} & set(_reasons(snapshot))
        if kind.then and not known and not snapshot.waits(kind.name, kind.then):
            yield f"{kind.name}-missing"


def reminder_missing(snapshot: JobSnapshot, now: datetime, lead_minutes: int) -> bool:
    """Return whether a confirmed visit ahead has no reminder. One that was confirmed within the lead needs none."""
    job = snapshot.job
    ahead = job["status"] in REMINDER.states and job["starts_at"] > now and not job.get("unfollowed")
    approved_at = (job.get("reached") or {}).get(JobState.APPROVED, now)
    needed = ahead and timing.reminder_due(job["starts_at"], lead_minutes, approved_at) is not None
    return needed and REMINDER.name not in snapshot.of_now


_Law = Callable[[JobSnapshot], Iterator[str]]
_ALWAYS: tuple[_Law, ...] = (_whose, _figures, _attention)
_ONCE_FOLLOWED: tuple[_Law, ...] = (_one_winner, _timers)
