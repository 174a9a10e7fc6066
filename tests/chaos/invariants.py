"""Checks after a run, over the database and the messages on the phones. Each violation counts under one figure.

- *lost*: a missing job that was acknowledged with 201; a reply acknowledged with 204 (or saved) that is missing, not
  handled, or without effect and answer; a message missing on a phone; a receipt acknowledged with 204 that the attempt
  does not show; a due timer that did not fire.
- *double*: one message twice on a phone; a reply with two answers or one effect twice; two owners of a job; two jobs
  for one POST.
- *misassigned*: a job whose owner was not the first to reply YES by (received_at, _id) among the agents with an offer
  in that round, unless the timeline has `overtaken`; a message stamped with a time at which it did not arrive.
- *late*: a timer that fired later than two seconds and a sweep after it was due, or after the outage at that time
  (twenty seconds more for timers that wait for earlier inbound messages); a webhook not answered within five seconds
  while the web was up.
- *unlawful*: everything that breaks a law of the oracle (tests/oracle.py), or that `flask check` lists.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from config.queues import WORKERS
from dispatch.models import Agent, Contact, Job, Offer, Timer
from dispatch.models.message.attempted import SENDING_SECONDS
from dispatch.rules.outbox import states
from dispatch.rules.outbox.still_holds import needs_its_job
from dispatch.rules.timing import RIVAL_BOUND
from tests import oracle
from tests.chaos.desk import LONGEST_LEASE, SWEEP_SECONDS
from tests.chaos.record import Record, Row, query_of

FIGURES = ("lost", "double", "misassigned", "late", "unlawful")
#: Allowed delay of a timer: two seconds and one sweep.
TIMER_SLACK = timedelta(seconds=2 + SWEEP_SECONDS)
#: Timers that wait for earlier inbound messages to be handled. They wait as long as a claim waits for an earlier one,
#: and check every five seconds.
HEAR_FIRST = frozenset(
    {"expiry", "not_taken", "visit_start", "hold", "nudge", "unconfirmed", "ending", "not_completed"}
)
HEARING = RIVAL_BOUND + timedelta(seconds=5)
#: The time that one failing message delays the next one (`batching.patience`, with look-ups after one second).
ORDER = timedelta(seconds=SENDING_SECONDS + 4)
#: Laws of the oracle whose violations count as double.
AT_MOST_ONE = frozenset({"one_owner", "one_winner", "codes_are_unique"})
#: Processes and stores that timers need.
TIMERS_NEED = frozenset(
    {"beat", "mongodb", "redis", *(name for name, queues in WORKERS.items() if {"reminders", "sweeps"} & {*queues})}
)
WEBHOOK_SECONDS = timedelta(seconds=5)
#: Allowed difference between Python's and MongoDB's time. A thread of MongoDB advances its clock every ten
#: milliseconds, and on a busy machine the thread has to wait for a core.
STAMP_SLACK = timedelta(milliseconds=100)
#: Kind of message -> events after which it may be withdrawn. All other kinds must arrive.
PAST = frozenset({"released", "moved", "cancelled", "completed", "expired"})
VOID_AFTER = {"assigned": PAST | {"in_progress"}, "approved": PAST, "approved_client": PAST}
#: Events of a job that nobody is told about.
NO_NEWS = frozenset({"attention", "overlaps", "overtaken", "nudged", "reminded", "asked_completed", "changed"})


@dataclass(frozen=True)
class Violation:
    """One violation. `figure` is its row in the table."""

    figure: str
    check: str
    what: str

    def __str__(self) -> str:
        return f"{self.figure} ({self.check}): {self.what}"


Check = Callable[[Record], Iterator[Violation]]


def violations(record: Record) -> list[Violation]:
    """Return all violations."""
    return [found for check in CHECKS for found in check(record)]


def jobs_posted(record: Record) -> Iterator[Violation]:
    """Check that each acknowledged POST has exactly one job."""
    there = {str(job["_id"]) for job in record.jobs}
    for posted in record.posted:
        if posted.job_id and posted.job_id not in there:
            yield Violation("lost", "jobs_posted", f"job {posted.job_id} was acknowledged and is missing")
    for property_id, count in Counter(job["property_id"] for job in record.jobs).items():
        if count > 1:
            yield Violation("double", "jobs_posted", f"{count} jobs for the one POST of {property_id}")


def laws_hold(record: Record) -> Iterator[Violation]:
    """Check the laws of the oracle."""
    documents = oracle.Record(
        jobs=[Job._from_son(row) for row in record.jobs],
        offers=[Offer._from_son(row) for row in record.offers],
        agents={row["_id"]: Agent._from_son(row) for row in record.agents},
        timers=[Timer._from_son(row) for row in record.timers],
        messages=[],
        contacts=[Contact._from_son(row) for row in record.contacts],
    )
    for law, offence in oracle.offences(documents):
        yield Violation("double" if law in AT_MOST_ONE else "unlawful", law, offence)


def replies_kept(record: Record) -> Iterator[Violation]:
    """Check that each acknowledged reply is stored, and each stored reply is handled."""
    for spoken in record.spoken:
        row = record.heard_by_sid.get(spoken.sid)
        if row is None and spoken.acknowledged:
            yield Violation("lost", "replies_kept", f"{spoken.text!r} ({spoken.sid}) was acknowledged and is missing")
        if row is not None and (row.get("unhandled") or row["status"] != "handled"):
            yield Violation("lost", "replies_kept", f"{spoken.text!r} ({row['_id']}) is {row['status']}, not handled")
    if record.rescued:
        yield Violation("lost", "replies_kept", f"{record.rescued} rescued forms still wait")


def replies_answered(record: Record) -> Iterator[Violation]:
    """Check that each handled reply has one effect or answer. Later news of its job counts as an answer, too."""
    answers: dict[str, list[Row]] = {}
    for row in record.outbound:
        answers.setdefault(row["key"].split(":")[0], []).append(row)
    effects: dict[Any, list[str]] = {}
    for job in record.jobs:
        for event in job["timeline"]:
            if event.get("cause"):
                effects.setdefault(event["cause"], []).append(f"{event['name']} {job['_id']}")
    for row in record.heard_by_sid.values():
        given = answers.get(str(row["_id"]), [])
        if len(given) + len(effects.get(row["_id"], [])) > 1:
            what = [answer["kind"] for answer in given] + effects.get(row["_id"], [])
            yield Violation("double", "replies_answered", f"{row['_id']} {row['text']!r} led to {what}")
        if row["status"] == "handled" and not given and row["_id"] not in effects and not _told_after(record, row):
            meaning = {name: row.get("meaning", {}).get(name) for name in ("act", "standing")}
            yield Violation("lost", "replies_answered", f"{row['_id']} {row['text']!r} {meaning} was never answered")


def _told_after(record: Record, heard: Row) -> bool:
    """Return whether news of the job arrived after the reply; after an unknown reply, the help text at any time."""
    meaning = heard.get("meaning", {})
    if meaning.get("act") == "unknown":
        return any(each["kind"] == "help_agent" and each["phone"] == heard["phone"] for each in record.outbound)
    return any(
        row.get("job") == meaning.get("job")
        and row["phone"] == heard["phone"]
        and any(each.accepted_at >= heard["received_at"] for each in record.arrived(row))
        for row in record.outbound
    )


def stamps(record: Record) -> Iterator[Violation]:
    """Check that a reply's stamp is between its first delivery and our answer."""
    for spoken in record.spoken:
        row = record.heard_by_sid.get(spoken.sid)
        if row is None or not spoken.acknowledged:
            continue
        since = min(each.since for each in spoken.tries) - STAMP_SLACK
        to = next(each.to for each in spoken.tries if each.status == 204) + STAMP_SLACK
        if not since <= row["received_at"] <= to:
            yield Violation(
                "misassigned", "stamps", f"{row['_id']} stamped {row['received_at']}, heard {since} to {to}"
            )


def earliest_wins(record: Record) -> Iterator[Violation]:
    """Check that the owner of each round is the first agent with an offer in it who replied YES.

    A YES whose offer was closed before it was settled, or that was followed by NO, counts only if it won.
    """
    offers = record.offer_by_id
    taken_back: dict[Any, tuple[datetime, Any]] = {}
    for row in record.heard_by_sid.values():
        if (meaning := row.get("meaning", {})).get("act") == "decline" and meaning.get("offer"):
            taken_back[meaning["offer"]] = max(_arrival(row), taken_back.get(meaning["offer"], _arrival(row)))
    won = {event["cause"] for job in record.jobs for event in job["timeline"] if event["name"] == "assigned"}
    claims: dict[tuple[Any, int], list[Row]] = {}
    for row in record.heard_by_sid.values():
        offer = offers.get(row.get("meaning", {}).get("offer"))
        stood = row["_id"] in won or (offer and offer["state"] not in ("declined", "closed", "withdrawn"))
        if row["_id"] not in won and offer and _arrival(row) < taken_back.get(offer["_id"], _arrival(row)):
            continue
        if offer and row["meaning"]["act"] == "claim" and stood:
            claims.setdefault((offer["job"], offer["round"]), []).append(row)
    for job in record.jobs:
        overtaken = {event["agent"] for event in job["timeline"] if event["name"] == "overtaken"}
        for event in job["timeline"]:
            if event["name"] != "assigned":
                continue
            first = min(claims.get((job["_id"], event["round"]), ()), key=_arrival, default=None)
            if first is None or (first["_id"] != event["cause"] and event["agent"] not in overtaken):
                earliest = first and (first["_id"], first["received_at"])
                yield Violation(
                    "misassigned",
                    "earliest_wins",
                    f"job {job['_id']} round {event['round']} went to {event['cause']}, the earliest was {earliest}",
                )


def _arrival(row: Row) -> tuple[datetime, Any]:
    return row["received_at"], row["_id"]


def events_told(record: Record) -> Iterator[Violation]:
    """Check that the messages of each event arrived, unless a later event made them void."""
    for job in record.jobs:
        for n, event in enumerate(job["timeline"]):
            later = {each["name"] for each in job["timeline"][n + 1 :]}
            for kind, to in _follows(record, job, event):
                may_be_void = later & VOID_AFTER.get(kind, frozenset())
                if not may_be_void and not record.reached(f"{event['id']}:{to}:{kind}"):
                    yield Violation("lost", "events_told", f"{kind} of job {job['_id']} to {to} did not arrive")


def _follows(record: Record, job: Row, event: Row) -> Iterator[tuple[str, str]]:
    taken_back = record.offer_by_id.get(event.get("offer"), {}).get("state") == "declined"
    client, agent = f"client:{job['client_id']}", str(event.get("agent"))
    kinds: dict[str, list[tuple[str, str]]] = {
        "assigned": [("assigned", agent)],
        "approved": [("approved", agent), ("approved_client", client)],
        "completed": [("completed_agent", agent), ("completed_client", client)],
        "reopened": [("reopened_agent", agent), ("reopened_client", client)],
        "reopened_in_progress": [("reopened_agent", agent), ("reopened_client", client)],
        "released": [] if taken_back else [("released", agent)],
        "cancelled": [("cancelled_client", client)],
        "expired": [("expired_client", client)],
    }
    yield from kinds.get(event["name"], ())
    if event["name"] == "cancelled" and job.get("agent"):
        yield "cancelled_agent", str(job["agent"])


def losers_told(record: Record) -> Iterator[Violation]:
    """Check that agents with an offer were told when the job went to another agent or was withdrawn."""
    ended = {"taken": "assigned", "withdrawn": "cancelled"}
    for offer in record.offers:
        name, job = ended.get(offer["state"]), record.job_by_id[offer["job"]]
        offered = f"{offer['_id']}:{offer['agent']}:offer"
        if name is None or not record.reached(offered):
            continue
        events = [e for e in job["timeline"] if e["name"] == name and e.get("round") in (None, offer["round"])]
        got_it_since = any(e["name"] == "assigned" and e["agent"] == offer["agent"] for e in job["timeline"])
        told = events and record.reached(f"{events[-1]['id']}:{offer['agent']}:{offer['state']}")
        if events and not told and not got_it_since:
            yield Violation(
                "lost", "losers_told", f"{offer['state']} of job {job['_id']} to {offer['agent']} did not arrive"
            )


def messages_sent(record: Record) -> Iterator[Violation]:
    """Check that each message is on a phone once, or was withdrawn for a reason."""
    for row in record.outbound:
        arrived = record.arrived(row)
        if len(arrived) > 1:
            at = [f"attempt {query_of(each).get('attempt')} at {each.accepted_at:%H:%M:%S.%f}" for each in arrived]
            yield Violation("double", "messages_sent", f"{row['kind']} {row['_id']} arrived {len(arrived)} times: {at}")
        if not arrived and not (row["status"] == "withdrawn" and _is_void(record, row)):
            yield Violation("lost", "messages_sent", f"{row['kind']} {row['_id']} is {row['status']}, not on a phone")
    unsaid = set(record.delivered_by_message) - {str(row["_id"]) for row in record.outbound}
    for message_id in unsaid:
        yield Violation("lost", "messages_sent", f"a phone received {message_id}, which is not in the database")


def _is_void(record: Record, row: Row) -> bool:
    """Return whether a withdrawn message had a reason: its offer is closed, or its job has changed since.

    An answer may also be withdrawn if news of the job reached the person instead.
    """
    job = record.job_by_id.get(row.get("job"))
    if job is None:
        return False
    if row["kind"] == "offer":
        return not any(offer["_id"] == row["offer"] and offer["state"] == "open" for offer in record.offers)
    happened = [event for event in job["timeline"] if event["name"] not in NO_NEWS]
    answered = record.heard_by_id.get(row["key"].partition(":")[0])
    if answered and needs_its_job(row["kind"]) and _told_after(record, answered):
        return True
    return any(event["at"] >= row["created_at"] for event in happened) or job["starts_at"] <= record.ended_at


def receipts_kept(record: Record) -> Iterator[Violation]:
    """Check that an attempt's state is at least that of its furthest acknowledged receipt."""
    rows = {str(row["_id"]): row for row in record.outbound}
    rank = states.ATTEMPT_RANK
    for each in record.delivered:
        query, taken = query_of(each), [status for status, answer in each.receipts if answer == 204]
        row = rows.get(query.get("message", ""))
        if row is None or not taken:
            continue
        attempt = next(a for a in row["attempts"] if a["n"] == int(query["attempt"]))
        furthest = max((states.FROM_TWILIO[status] for status in taken), key=lambda state: rank[state])
        if rank[attempt["state"]] < rank[furthest]:
            yield Violation("lost", "receipts_kept", f"{row['_id']} is {attempt['state']}, its receipt {furthest}")


def timers_fired(record: Record) -> Iterator[Violation]:
    """Check that each timer fires soon after it is due, or soon after the outage at that time.

    A reminder may be marked missed only if it could not be sent before the visit: an earlier message to the same person
    delayed it, or Twilio accepted none of its attempts.
    """
    for timer in record.timers:
        fired = timer.get("fired_at")
        by = _fired_by(record, timer)
        starts_at = record.job_by_id[timer["job"]]["starts_at"]
        name = f"{timer['kind']} of job {timer['job']}, due {timer['due_at']:%H:%M:%S}"
        if "next_attempt_at" in timer and by < record.ended_at:
            yield Violation("lost", "timers_fired", f"{name}, has not fired by {record.ended_at:%H:%M:%S}")
        elif timer.get("parked_at") or (
            timer.get("missed_at") and by + ORDER < starts_at and not _was_refused(record, timer)
        ):
            yield Violation("lost", "timers_fired", f"{name}, was given up")
        elif fired and fired > by:
            yield Violation("late", "timers_fired", f"{name}, fired {fired:%H:%M:%S.%f}, allowed {by:%H:%M:%S}")


def _was_refused(record: Record, timer: Row) -> bool:
    """Return whether the reminder of a job was tried, and withdrawn when its time was over."""
    return any(
        row["job"] == timer["job"]
        and row["kind"] == "reminder_agent"
        and row["status"] == "withdrawn"
        and row["attempts"]
        for row in record.outbound
        if row.get("job")
    )


def _fired_by(record: Record, timer: Row) -> datetime:
    """Return the latest time at which a timer may fire, given the time it was set and the outages."""
    slack = TIMER_SLACK + (HEARING if timer["kind"] in HEAR_FIRST else timedelta())
    by = max(timer["due_at"], _set_at(record.job_by_id[timer["job"]], timer)) + slack
    for outage in sorted(record.outages, key=lambda each: each.since):
        over = outage.to or record.ended_at
        if outage.what in TIMERS_NEED and outage.since <= by and over + LONGEST_LEASE >= timer["due_at"]:
            was_killed = timer.get("tries", 0) > 1  # the killed process still held the timer's lease
            by = max(by, over + slack + (LONGEST_LEASE if was_killed else timedelta()))
    return by


def _set_at(job: Row, timer: Row) -> datetime:
    """Return the latest time at which a timer was set. A search may begin after the start of its job."""
    if timer["kind"] != "expiry":
        return timer["due_at"]
    fired = timer.get("fired_at") or datetime.max.replace(tzinfo=UTC)
    began = [event["at"] for event in job["timeline"] if event["name"] in ("opened", "moved", "released")]
    return max((at for at in began if at <= fired), default=timer["due_at"])


def laws_kept(record: Record) -> Iterator[Violation]:
    """Check that `flask check` lists no violation."""
    for each in record.unlawful:
        yield Violation("unlawful", "laws_kept", f"{each['law']} {each['kind']} {each['id']} since {each['since']}")


def webhooks_answered(record: Record) -> Iterator[Violation]:
    """Check that each webhook is answered within five seconds while the web is up."""
    away = [(outage.since, outage.to or record.ended_at) for outage in record.outages if outage.what == "web"]
    for spoken in record.spoken:
        for each in spoken.tries:
            in_time = each.status is not None and each.to - each.since <= WEBHOOK_SECONDS
            if not in_time and not any(since <= each.to and each.since <= to for since, to in away):
                took = (each.to - each.since).total_seconds()
                yield Violation(
                    "late", "webhooks_answered", f"{spoken.sid} at {each.since:%H:%M:%S}: {each.status}, {took:.1f} s"
                )


CHECKS: tuple[Check, ...] = (
    jobs_posted,
    laws_hold,
    replies_kept,
    replies_answered,
    stamps,
    earliest_wins,
    events_told,
    losers_told,
    messages_sent,
    receipts_kept,
    timers_fired,
    laws_kept,
    webhooks_answered,
)
