"""A database with a long history: one agent has many offers, jobs and messages, and few of them are open."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from dispatch.models.base.record import utc_now

#: Number of rows of one person's history. Other people have at least as many.
CROWD = 400
NOW = utc_now()
RECENT = NOW - timedelta(hours=1)
RECENT_ID = ObjectId.from_datetime(RECENT)
NOWHERE = ObjectId("0" * 24)
JOB, AGENT, OFFER, MESSAGE = ObjectId(), ObjectId(), ObjectId(), ObjectId()
PHONE, CLIENT, PROPERTY = "+2348039999999", "client_known", "property_known"
#: Number of rows of a person who was active for a while only. Other people have as many rows before, and after.
PAST = 160
#: Field -> the value that has the longest history, or that one row has; `collection.field` where it is another one.
KNOWN: dict[str, Any] = {
    "jobs._id": JOB,
    "agents._id": AGENT,
    "offers._id": OFFER,
    "messages._id": MESSAGE,
    "job": JOB,
    "agent": AGENT,
    "held_for": AGENT,
    "claim": MESSAGE,
    "agent_id": "agent_known",
    "phone": PHONE,
    "client_id": CLIENT,
    "property_id": PROPERTY,
    "code": "K9",
    "key": "a9",
    "twilio_sid": "a9",
    "asked": "digest",
    "version": 1,
    "round": 1,
    "revision": 1,
}
#: `collection.field` -> the value of who came and went, among the fields by which lists are filtered.
_SOMEBODY = ObjectId()
GONE: dict[str, Any] = {
    "jobs.client_id": "client_gone",
    "jobs.property_id": "property_gone",
    "jobs.agent": _SOMEBODY,
    "jobs.status": "gone",
    "offers.job": _SOMEBODY,
    "agents.status": "gone",
    "messages.job": _SOMEBODY,
    "messages.phone": "gone",
    "messages.client_id": "client_gone",
    "messages.status": "gone",
}


def build(crowded: Database[dict[str, Any]], like: Database[dict[str, Any]]) -> None:
    """Fill an empty database, with the indexes of `like`."""
    for name, rows in ROWS.items():
        crowded[name].insert_many([*_past(name), *rows()])
    for name in ROWS:
        indexes = [{k: v for k, v in index.items() if k != "v"} for index in like[name].list_indexes()]
        crowded.command("createIndexes", name, indexes=indexes)


def _past(collection: str) -> Iterator[dict[str, Any]]:
    """Yield the history of who came and went, where there is a list of such rows."""
    theirs = {name.split(".")[1]: value for name, value in GONE.items() if name.startswith(f"{collection}.")}
    for n in range(PAST if theirs else 0):
        names = {
            "code": f"old{n}",
            "key": f"old{n}",
            "twilio_sid": f"old{n}",
            "agent_id": f"old{n}",
            "round": n,
            "agent": ObjectId(),
        }
        yield _at(CROWD // 2) | names | {"direction": "outbound"} | theirs


def _at(n: int, row_id: ObjectId | None = None) -> dict[str, Any]:
    """The nth row was made so many days ago; one in the middle of the history is the one with that id."""
    at = NOW - timedelta(days=CROWD + 1 - n)
    made = ObjectId(ObjectId.from_datetime(at).binary[:4] + ObjectId().binary[4:])
    return {
        "_id": row_id if row_id and n == CROWD // 2 else made,
        "created_at": at,
        "updated_at": NOW if _is_late(n) else at,
    }


def _is_late(n: int) -> bool:
    """Return whether the nth row is among the latest few, which are still open."""
    return n >= CROWD - 8


def _jobs() -> Iterator[dict[str, Any]]:
    state = cycle(("completed", "cancelled", "expired", "completed", "pending", "assigned", "approved", "in_progress"))
    for n in range(CROWD):
        plain = {
            "version": 1,
            "plan": 1,
            "round": 1,
            "unfollowed": [],
            "timeline": [],
            "starts_at": NOW + timedelta(days=n % 30 + 1),
        }
        mine = {"client_id": CLIENT, "property_id": PROPERTY, "agent": AGENT, "code": f"K{n}"}
        yield _at(n, JOB) | plain | mine | {"status": "approved" if _is_late(n) else "completed"}
        due = (
            {
                "follow_up_at": NOW,
                "attention": "no_agent",
                "attentions": [{"reason": "no_agent"}],
                "held_for": ObjectId(),
                "alert_at": NOW,
            }
            if _is_late(n)
            else {}
        )
        for other in (f"a{n}", f"b{n}"):
            theirs = {"client_id": other, "property_id": other, "agent": ObjectId(), "code": other}
            yield _at(n) | plain | theirs | {"status": next(state)} | due


def _agents() -> Iterator[dict[str, Any]]:
    yield _at(0) | {"_id": AGENT, "agent_id": "agent_known", "phone": PHONE, "present": True, "status": "active"}
    for n in range(CROWD):
        gone = {"agent_id": f"gone_{n}", "phone": f"-{n}", "status": "inactive", "deleted_at": NOW}
        yield _at(n) | gone | ({"follow_up_at": NOW} if _is_late(n) else {})
        yield _at(n) | {"agent_id": f"idle_{n}", "phone": f"+1{n}", "status": "suspended", "present": True}
        yield _at(n) | {"agent_id": f"busy_{n}", "phone": f"+2{n}", "status": "active", "present": True}


def _answers() -> Iterator[dict[str, Any]]:
    for n in range(CROWD):
        yield {"key": f"a{n}", "asked": "digest", "status": 201, "leased_until": NOW, "touched_at": NOW}


def _clients() -> Iterator[dict[str, Any]]:
    yield {"client_id": CLIENT, "phone": PHONE, "updated_at": NOW}
    yield from (_at(n) | {"client_id": f"client_{n}", "phone": f"+{n}"} for n in range(CROWD))


def _alarms() -> Iterator[dict[str, Any]]:
    """One a cause: an error code, a template and what Meta said of it."""
    yield from ({"cause": f"twilio:{n}"} | ({"post_at": NOW} if _is_late(n) else {}) for n in range(CROWD))


def _contacts() -> Iterator[dict[str, Any]]:
    yield {"phone": PHONE, "heard_at": NOW}
    yield from ({"phone": f"+{n}", "heard_at": NOW} for n in range(CROWD))


def _templates() -> Iterator[dict[str, Any]]:
    """One row for each template: the product reads all of them at once."""
    yield from ({"name": f"offer_{n}", "content_sid": f"HX{n}", "key": "offer", "language": "en"} for n in range(20))


def _properties() -> Iterator[dict[str, Any]]:
    yield {"property_id": PROPERTY, "updated_at": NOW}
    yield from (_at(n) | {"property_id": f"property_{n}"} for n in range(CROWD))


def _offers() -> Iterator[dict[str, Any]]:
    for n in range(CROWD):
        state = {"round": 1, "state": "open" if _is_late(n) else "taken"}
        yield _at(n) | {"job": JOB, "agent": ObjectId()} | state
        yield _at(n, OFFER) | {"job": ObjectId(), "agent": AGENT} | state
        claim = {"claim": ObjectId(), "claimed_at": NOW, "settle_at": NOW, "state": "claimed"} if _is_late(n) else {}
        yield _at(n) | {"job": ObjectId(), "agent": ObjectId(), "round": 1, "state": "open"} | claim


def _messages() -> Iterator[dict[str, Any]]:
    for n in range(CROWD):
        waits = {"next_attempt_at": NOW} if _is_late(n) else {}
        sent = {
            "direction": "outbound",
            "revision": 1,
            "kind": "offer",
            "attempts": [],
            "status": "queued" if waits else "read",
        } | waits
        yield _at(n, MESSAGE) | sent | _named("a", n) | {"phone": PHONE, "agent": AGENT, "job": ObjectId()}
        yield _at(n) | sent | _named("b", n) | {"phone": f"+{n}", "agent": ObjectId(), "job": JOB}
        yield _at(n) | sent | _named("c", n) | {"phone": f"+{n}", "client_id": CLIENT, "job": ObjectId()}
        heard = {
            "direction": "inbound",
            "received_at": NOW - timedelta(days=CROWD - n),
            "twilio_sid": f"d{n}",
            "status": "received" if waits else "handled",
        } | waits
        yield _at(n) | heard | {"phone": PHONE, "agent": AGENT} | ({"unhandled": True} if waits else {})


def _named(lot: str, n: int) -> dict[str, Any]:
    return {"key": f"{lot}{n}", "twilio_sid": f"{lot}{n}"}


def _timers() -> Iterator[dict[str, Any]]:
    for n in range(CROWD):
        waits = {"next_attempt_at": NOW} if _is_late(n) else {"fired_at": NOW}
        yield {"job": ObjectId(), "kind": "expiry", "due_at": NOW, "version": 1} | waits


#: Collection -> the function that creates its rows.
ROWS = {
    "agents": _agents,
    "alarms": _alarms,
    "answers": _answers,
    "clients": _clients,
    "contacts": _contacts,
    "jobs": _jobs,
    "messages": _messages,
    "offers": _offers,
    "properties": _properties,
    "templates": _templates,
    "timers": _timers,
}
