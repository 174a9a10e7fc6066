"""Checking: the live database is read, and every document that breaks a law is listed; nothing is changed.

Read are: open jobs and those changed within `days`, every undecided offer, every waiting timer, every unfinished
message and those of the last `days`, agents and their changes, the shelf in Redis. All by indexes, in chunks; closed
jobs, their offers and messages that are older are not.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bson import ObjectId

from dispatch.actions.operations import law_readers
from dispatch.models import Agent, Alarm, Job, Message, Offer, Record, Timer
from dispatch.models.base.record import server_now
from dispatch.models.job.job import OPEN_STATES
from dispatch.models.message.message import made_by
from dispatch.models.offer import UNDECIDED
from dispatch.rules.operations.job_laws import Offence

CHUNK = 500
_UNFINISHED = ["queued", "received", "sending", "unknown"]


@dataclass
class Findings:
    """What was found, and how many documents were looked at, by kind."""

    offences: list[Offence] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)


def check(grace: timedelta, days: float, now: Callable[[], datetime] = server_now) -> Findings:
    """Look at all that is live; what is younger than `grace` may be in the midst of being done. Raises PyMongoError.

    Reads are not of one moment: what offends is looked at once more, and listed only if it still does.
    """
    found, since = Findings(), now() - timedelta(days=days)
    for kind, ids, look in _passes(since):
        for chunk in _chunks(ids):
            found.read[kind] += len(chunk)
            suspects = {offence.id for offence in look(chunk, now() - grace)}
            if suspects:
                again = [each for each in chunk if str(each) in suspects]
                found.offences += look(again, now() - grace)
    found.offences += _repeated(found, since) and _repeated(found, since)
    found.offences = list(
        dict.fromkeys(found.offences + law_readers.at_indexes() + law_readers.at_shelf(now() - grace))
    )
    return found


_Look = Callable[[Sequence[ObjectId], datetime], list[Offence]]


def _passes(since: datetime) -> Iterator[tuple[str, Iterator[ObjectId], _Look]]:
    """Yield each kind of document with the ids that are to be looked at, and how. A closed job may come twice."""
    is_open, stands = {"status": {"$in": OPEN_STATES}}, {"$exists": True}
    yield "jobs", _ids(Job, is_open), law_readers.at_jobs
    yield "jobs", _ids(Job, {"updated_at": {"$gte": since}, "status": {"$nin": OPEN_STATES}}), law_readers.at_jobs
    yield "jobs", _ids(Job, {"follow_up_at": stands, "updated_at": {"$lt": since}}), law_readers.at_jobs
    yield "offers", _ids(Offer, {"job": stands, "state": {"$in": UNDECIDED}}), law_readers.at_offers
    yield "timers", _ids(Timer, {"next_attempt_at": stands}), law_readers.at_timers
    yield "messages", _ids(Message, {"status": {"$in": _UNFINISHED}}), law_readers.at_messages
    recent = {"_id": {"$gte": made_by(since)}, "status": {"$nin": _UNFINISHED}}
    yield "messages", _ids(Message, recent), law_readers.at_messages
    yield "agents", _ids(Agent, {"$or": [{"follow_up_at": stands}, {"paused_until": stands}]}), law_readers.at_agents
    yield "alarms", _ids(Alarm, {"post_at": stands}), law_readers.at_alarms


def _ids(document: type[Record], where: dict[str, Any]) -> Iterator[ObjectId]:
    return (row["_id"] for row in document.find_rows(where))


def _chunks(ids: Iterable[ObjectId]) -> Iterator[list[ObjectId]]:
    rest = iter(ids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _repeated(found: Findings, since: datetime) -> list[Offence]:
    """Return what may be there only once: codes among open jobs, keys and SIDs among messages."""
    jobs = Job.find_rows({"status": {"$in": OPEN_STATES}}, "code", "updated_at")
    messages = Message.find_rows({"_id": {"$gte": made_by(since)}}, "key", "twilio_sid", "created_at")
    seen: set[int] = set()
    offences = []
    for law, kind, rows in (("code-twice", "job", jobs), ("message-twice", "message", messages)):
        for row in rows:
            for name in ("code", "key", "twilio_sid"):
                mark = hash((name, row[name])) if name in row else None
                if mark in seen:
                    since_ = row.get("created_at") or row.get("updated_at")
                    offences.append(Offence(law, kind, str(row["_id"]), since_))
                elif mark is not None:
                    seen.add(mark)
    return offences
