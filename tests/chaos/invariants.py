"""What must hold after a run, over the database and over what the phones received.

- *lost*: a job acknowledged with 201 that is not there; a reply acknowledged with 204 (or saved) that is not there, is
  not handled, or had neither effect nor answer; a message that should have arrived on a phone and did not; a receipt
  acknowledged with 204 that the attempt does not show; a timer that fell due and did not fire.
- *double*: one message of ours twice on a phone; a reply with two answers or one effect twice; an owner beside another;
  two jobs for one POST.
- *misassigned*: a job whose owner is not the earliest YES by (received_at, _id) among those who were offered it in that
  round, unless `overtaken` is on its timeline; a message stamped with a time at which it did not arrive.
- *late*: a timer that fired later than two seconds and a sweep after it fell due or after the outage that it fell into
  (twenty seconds more where what people wrote before is heard first); a webhook not answered within five seconds while
  web was there.
- *unlawful*: what breaks a law of the oracle (tests/oracle.py) or of `flask check`, which reads the live database.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from config.queues import WORKERS
from dispatch.models import Agent, Job, Offer, Timer
from dispatch.models.message.attempted import SENDING_SECONDS
from dispatch.rules.outbox import states
from dispatch.rules.outbox.still_holds import HOLDS_WHILE
from dispatch.rules.timing import RIVAL_BOUND
from tests import oracle
from tests.chaos.desk import LONGEST_LEASE, SWEEP_SECONDS
from tests.chaos.record import Record, Row, query_of

FIGURES = ("lost", "double", "misassigned", "late", "unlawful")
#: What a timer may be late by: two seconds and one sweep.
TIMER_SLACK = timedelta(seconds=2 + SWEEP_SECONDS)
#: Timers before which everything is heard that people wrote earlier: for as long as a claim waits for another, and they
#: look each five seconds.
HEAR_FIRST = frozenset({"expiry", "hold", "nudge", "unconfirmed", "ending", "not_completed"})
HEARING = RIVAL_BOUND + timedelta(seconds=5)
#: For how long one message in trouble holds up the next (`batching.patience`, with the desk's look-ups after a second).
ORDER = timedelta(seconds=SENDING_SECONDS + 4)
#: Laws of the oracle whose offences count as double.
AT_MOST_ONE = frozenset({"one_owner", "one_winner", "codes_are_unique"})
#: What timers need: anything else may be away.
TIMERS_NEED = frozenset(
    {"beat", "mongodb", "redis", *(name for name, queues in WORKERS.items() if {"reminders", "sweeps"} & {*queues})}
)
WEBHOOK_SECONDS = timedelta(seconds=5)
#: How far Python's stamp and MongoDB's may be apart: a thread of its own moves its clock on each ten milliseconds, and
#: on a busy machine that thread waits for a core like any other.
STAMP_SLACK = timedelta(milliseconds=100)
#: Kind of message -> the events after which it need not hold any more; a kind that is not here must arrive.
PAST = frozenset({"released", "moved", "cancelled", "completed", "expired"})
VOID_AFTER = {"assigned": PAST | {"in_progress"}, "approved": PAST, "approved_client": PAST}
#: What may happen to a job that is not news of it.
NO_NEWS = frozenset({"attention", "overlaps", "overtaken", "nudged", "reminded", "asked_completed", "changed"})


@dataclass(frozen=True)
class Violation:
    """One thing that must not be; `figure` is where it counts in the table."""

    figure: str
    check: str
    what: str

    def __str__(self) -> str:
        return f"{self.figure} ({self.check}): {self.what}"


Check = Callable[[Record], Iterator[Violation]]


def violations(record: Record) -> list[Violation]:
    """Return all that does not hold."""
    return [found for check in CHECKS for found in check(record)]


def jobs_posted(record: Record) -> Iterator[Violation]:
    """Each acknowledged POST has its one job."""
    there = {str(job["_id"]) for job in record.jobs}
    for posted in record.posted:
        if posted.job_id and posted.job_id not in there:
            yield Violation("lost", "jobs_posted", f"job {posted.job_id} was acknowledged and is not there")
    for property_id, count in Counter(job["property_id"] for job in record.jobs).items():
        if count > 1:
            yield Violation("double", "jobs_posted", f"{count} jobs for the one POST of {property_id}")


def laws_hold(record: Record) -> Iterator[Violation]:
    """No law of the oracle is broken."""
    documents = oracle.Record(
        jobs=[Job._from_son(row) for row in record.jobs],
        offers=[Offer._from_son(row) for row in record.offers],
        agents={row["_id"]: Agent._from_son(row) for row in record.agents},
        timers=[Timer._from_son(row) for row in record.timers],
        messages=[],
    )
    for law, offence in oracle.offences(documents):
        yield Violation("double" if law in AT_MOST_ONE else "unlawful", law, offence)


def replies_kept(record: Record) -> Iterator[Violation]:
    """Each acknowledged reply is there; each that is there has been handled."""
    for spoken in record.spoken:
        row = record.heard_by_sid.get(spoken.sid)
        if row is None and spoken.acknowledged:
            yield Violation("lost", "replies_kept", f"{spoken.text!r} ({spoken.sid}) was acknowledged and is not there")
        if row is not None and (row.get("unhandled") or row["status"] != "handled"):
            yield Violation("lost", "replies_kept", f"{spoken.text!r} ({row['_id']}) is {row['status']}, not handled")
    if record.rescued:
        yield Violation("lost", "replies_kept", f"{record.rescued} rescued forms still wait")


def replies_answered(record: Record) -> Iterator[Violation]:
    """Each handled reply has one effect or answer; a word about a job is at least followed by news of it."""
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
    """Whether the phone received news of that job after the reply, or help a while ago that still serves."""
    meaning = heard.get("meaning", {})
    if meaning.get("act") == "unknown":
        return any(each["kind"] == "help_agent" and each["phone"] == heard["phone"] for each in record.outbound)
    return any(
        row.get("job") == meaning.get("job") and row["phone"] == heard["phone"]
        and any(each.accepted_at >= heard["received_at"] for each in record.arrived(row))
        for row in record.outbound
    )  # fmt: skip


def stamps(record: Record) -> Iterator[Violation]:
    """A reply is stamped with a time between its first delivery to us and our answer."""
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
    """The owner of each round is who said YES first among those offered the job in it.

    A YES whose offer was closed before it was settled does not count, but where it has won.
    """
    offers = record.offer_by_id
    won = {event["cause"] for job in record.jobs for event in job["timeline"] if event["name"] == "assigned"}
    claims: dict[tuple[Any, int], list[Row]] = {}
    for row in record.heard_by_sid.values():
        offer = offers.get(row.get("meaning", {}).get("offer"))
        stood = row["_id"] in won or (offer and offer["state"] not in ("declined", "closed", "withdrawn"))
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
                yield Violation("misassigned", "earliest_wins", f"job {job['_id']} round {event['round']} went to "
                                f"{event['cause']}, the earliest was {earliest}")  # fmt: skip


def _arrival(row: Row) -> tuple[datetime, Any]:
    return row["received_at"], row["_id"]


def events_told(record: Record) -> Iterator[Violation]:
    """What follows from each event arrived on the phones, unless the job had moved past it."""
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
        "released": [] if taken_back else [("released", agent)],
        "cancelled": [("cancelled_client", client)],
        "expired": [("expired_client", client)],
    }
    yield from kinds.get(event["name"], ())
    if event["name"] == "cancelled" and job.get("agent"):
        yield "cancelled_agent", str(job["agent"])


def losers_told(record: Record) -> Iterator[Violation]:
    """Whoever was offered a job that went to somebody else, or was withdrawn, was told so."""
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
    """Each message is on a phone once, or was withdrawn as it does not hold; nothing is still to be sent."""
    for row in record.outbound:
        arrived = record.arrived(row)
        if len(arrived) > 1:
            at = [f"attempt {query_of(each).get('attempt')} at {each.accepted_at:%H:%M:%S.%f}" for each in arrived]
            yield Violation("double", "messages_sent", f"{row['kind']} {row['_id']} arrived {len(arrived)} times: {at}")
        if not arrived and not (row["status"] == "withdrawn" and _is_void(record, row)):
            yield Violation("lost", "messages_sent", f"{row['kind']} {row['_id']} is {row['status']}, and on no phone")
    unsaid = set(record.delivered_by_message) - {str(row["_id"]) for row in record.outbound}
    for message_id in unsaid:
        yield Violation("lost", "messages_sent", f"a phone received {message_id}, which is not on record")


def _is_void(record: Record, row: Row) -> bool:
    """Whether the offer that a withdrawn message makes is closed, or something has happened to its job since.

    An answer may be written just after what has crossed it: then the person has heard that instead.
    """
    job = record.job_by_id.get(row.get("job"))
    if job is None:
        return False
    if row["kind"] == "offer":
        return not any(offer["_id"] == row["offer"] and offer["state"] == "open" for offer in record.offers)
    happened = [event for event in job["timeline"] if event["name"] not in NO_NEWS]
    answered = record.heard_by_id.get(row["key"].partition(":")[0])
    if answered and row["kind"] in HOLDS_WHILE and _told_after(record, answered):
        return True
    return any(event["at"] >= row["created_at"] for event in happened) or job["starts_at"] <= record.ended_at


def receipts_kept(record: Record) -> Iterator[Violation]:
    """An attempt shows the furthest receipt that we have acknowledged, or more."""
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
            yield Violation("lost", "receipts_kept", f"{row['_id']} is {attempt['state']}, a receipt said {furthest}")


def timers_fired(record: Record) -> Iterator[Violation]:
    """Each timer fires once it is due: soon after, or soon after the outage that it fell into.

    A reminder may be missed, and said to be, only where it could not have gone out before the visit: behind a message
    in trouble it waits for as long as order is kept, and Twilio may take none of the attempts at it.
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
    """Whether the reminder of a job was tried, and withdrawn when its time was over."""
    return any(
        row["job"] == timer["job"]
        and row["kind"] == "reminder_agent"
        and row["status"] == "withdrawn"
        and row["attempts"]
        for row in record.outbound
        if row.get("job")
    )


def _fired_by(record: Record, timer: Row) -> datetime:
    """Return by when a timer must have fired, given when it was set and the outages on its way."""
    slack = TIMER_SLACK + (HEARING if timer["kind"] in HEAR_FIRST else timedelta())
    by = max(timer["due_at"], _set_at(record.job_by_id[timer["job"]], timer)) + slack
    for outage in sorted(record.outages, key=lambda each: each.since):
        over = outage.to or record.ended_at
        if outage.what in TIMERS_NEED and outage.since <= by and over + LONGEST_LEASE >= timer["due_at"]:
            killed_amid = timer.get("tries", 0) > 1  # it had taken the timer, so nobody else could for a while
            by = max(by, over + slack + (LONGEST_LEASE if killed_amid else timedelta()))
    return by


def _set_at(job: Row, timer: Row) -> datetime:
    """Return when a timer was set at the latest: a search may begin when its job should have begun already."""
    if timer["kind"] != "expiry":
        return timer["due_at"]
    fired = timer.get("fired_at") or datetime.max.replace(tzinfo=UTC)
    began = [event["at"] for event in job["timeline"] if event["name"] in ("opened", "moved", "released")]
    return max((at for at in began if at <= fired), default=timer["due_at"])


def laws_kept(record: Record) -> Iterator[Violation]:
    """`flask check` has nothing to say."""
    for each in record.unlawful:
        yield Violation("unlawful", "laws_kept", f"{each['law']} {each['kind']} {each['id']} since {each['since']}")


def webhooks_answered(record: Record) -> Iterator[Violation]:
    """Each webhook is answered within five seconds while web is there."""
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
    jobs_posted, laws_hold, replies_kept, replies_answered, stamps, earliest_wins, events_told, losers_told,
    messages_sent, receipts_kept, timers_fired, laws_kept, webhooks_answered,
)  # fmt: skip
