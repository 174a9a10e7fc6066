"""Agents, jobs, messages and timers by the thousand, in the shape that the desk writes, inserted in bulk."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import mongoengine
from bson import ObjectId
from pymongo.database import Database

from dispatch.models import DOCUMENTS
from dispatch.models.base.record import SCHEMA_VERSION
from dispatch.rules.jobs import codes
from sandbox import embedded
from tests.bodies import a_job_body, an_agent_body

Rows = Database[dict[str, Any]]
MILLION = 1_000_000
#: Number of agents, and of open jobs, in the large database.
AGENTS = OPEN = 10_000
BATCH = 10_000
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
#: The form of an inbound message, as the desk keeps it.
_FORM = {
    "Body": "yes pls",
    "NumMedia": "0",
    "ProfileName": "Zoë",
    "MessageType": "text",
    "SmsStatus": "received",
    "To": "whatsapp:+14155238886",
    "NumSegments": "1",
    "AccountSid": "AC" + "1e" * 16,
}


def prepare(server: embedded.Server, name: str) -> None:
    """Give a database the desk's indexes."""
    mongoengine.disconnect_all()
    mongoengine.connect(name, host=server.uri, tz_aware=True, uuidRepresentation="standard")
    for document in DOCUMENTS:
        document._collection = None
        document.ensure_indexes()


def fill_with_a_million(rows: Rows) -> None:
    """Fill the large database. Do nothing if it is full; start again if an earlier run left it half full."""
    if rows["made"].find_one({"_id": MILLION}):
        return
    rows.client.drop_database(rows.name)
    agents = add_agents(rows, AGENTS)
    add_jobs(rows, OPEN, agents, status="pending")
    add_jobs(rows, MILLION - OPEN, agents, status="completed")
    add_messages(rows, MILLION, agents)
    add_timers(rows, MILLION)
    rows["made"].insert_one({"_id": MILLION})


def add_agents(rows: Rows, count: int, since: int = 0, status: str = "active") -> list[dict[str, Any]]:
    """Add agents numbered from `since`. Return them."""
    body = an_agent_body()
    made = [
        {
            **body,
            "_id": ObjectId(),
            "agent_id": f"agent_{n}",
            "phone": f"+2348{n:09d}",
            "status": status,
            "total_inspections": 0,
            "present": True,
            "created_at": _EPOCH,
            "updated_at": _EPOCH,
            "schema_version": SCHEMA_VERSION,
        }
        for n in range(since, since + count)
    ]
    _insert(rows, "agents", iter(made))
    return made


def add_jobs(
    rows: Rows,
    count: int,
    agents: list[dict[str, Any]],
    status: str,
    starts_in: timedelta = timedelta(30),
    **changes: Any,
) -> list[ObjectId]:
    """Add jobs, each with its own client and property, and with one of these agents unless it is pending."""
    body, now = a_job_body(), datetime.now(UTC)
    owners = itertools.cycle(agent["_id"] for agent in agents)
    spelled = _codes()
    made: list[ObjectId] = []

    def jobs() -> Iterator[dict[str, Any]]:
        for n in range(count):
            at = _EPOCH + timedelta(seconds=n)
            owner = {} if status == "pending" else {"agent": next(owners)}
            job = _job_row(body, status, n, at) | {"code": next(spelled), "starts_at": now + starts_in}
            made.append(job["_id"])
            yield {**job, **owner, **changes}

    _insert(rows, "jobs", jobs())
    return made


def _job_row(body: dict[str, Any], status: str, n: int, at: datetime) -> dict[str, Any]:
    """Return job `n`, opened at a moment, without its code, start and agent."""
    return {
        "_id": ObjectId(),
        "status": status,
        "timezone": "Africa/Lagos",
        "plan": 1,
        "round": 1,
        "version": 1,
        "timeline": [{"id": ObjectId(), "name": "opened", "at": at, "to": "pending", "round": 1}],
        "unfollowed": [],
        "reached": {status: at},
        "client_id": f"client_{status}_{n}",
        "client_details": body["client"],
        "property_id": f"property_{status}_{n}",
        "property_details": body["property"],
        "notes": body["notes"],
        "inspection_date": body["inspection_date"],
        "inspection_time": body["inspection_time"],
        "created_at": at,
        "updated_at": at,
        "schema_version": SCHEMA_VERSION,
    }


def add_messages(rows: Rows, count: int, agents: list[dict[str, Any]]) -> None:
    """Add finished messages to and from these agents: each fourth is inbound."""
    people = itertools.cycle(agents)

    def messages() -> Iterator[dict[str, Any]]:
        for n in range(count):
            at, who = _EPOCH + timedelta(seconds=n), next(people)
            shared = {
                "phone": who["phone"],
                "agent": who["_id"],
                "job": ObjectId(),
                "twilio_sid": f"SM{n:032x}",
                "created_at": at,
                "schema_version": SCHEMA_VERSION,
            }
            yield shared | (_inbound(at) if n % 4 == 0 else _outbound(n, at, shared["twilio_sid"]))

    _insert(rows, "messages", messages())


def _inbound(at: datetime) -> dict[str, Any]:
    return {
        "direction": "inbound",
        "status": "handled",
        "form": _FORM,
        "text": "yes pls",
        "received_at": at,
        "handlings": 1,
        "meaning": {"act": "claim", "word": "yes"},
    }


def _outbound(n: int, at: datetime, sid: str) -> dict[str, Any]:
    return {
        "direction": "outbound",
        "status": "read",
        "kind": "offer",
        "lane": "bulk",
        "key": f"key:{n}",
        "text": "New inspection " + "x" * 400,
        "attempts": [{"n": 1, "state": "read", "started_at": at, "sid": sid}],
        "attempted_at": at,
        "sent_at": at,
        "delivered_at": at,
        "read_at": at,
        "revision": 4,
        "look_ups": 0,
        "plan": 1,
    }


def add_timers(
    rows: Rows,
    count: int,
    due: Callable[[int], datetime] | None = None,
    jobs: list[ObjectId] | None = None,
    kind: str = "reminder",
) -> None:
    """Add waiting timers for these jobs, or for jobs that do not exist. Without `due` they are due in ten years."""
    far = datetime.now(UTC) + timedelta(days=3650)

    def timers() -> Iterator[dict[str, Any]]:
        for n in range(count):
            at = due(n) if due else far + timedelta(seconds=n)
            yield {
                "job": jobs[n] if jobs else ObjectId(),
                "kind": kind,
                "due_at": at,
                "version": 1,
                "plan": 1,
                "round": 1,
                "next_attempt_at": at - timedelta(seconds=60),
                "schema_version": SCHEMA_VERSION,
            }

    _insert(rows, "timers", timers())


def _insert(rows: Rows, collection: str, documents: Iterator[dict[str, Any]]) -> None:
    while batch := list(itertools.islice(documents, BATCH)):
        rows[collection].insert_many(batch, ordered=False)


def _codes() -> Iterator[str]:
    """Yield codes that the desk cannot draw: six letters."""
    for letters in itertools.product(sorted(codes.LETTERS), repeat=6):
        yield "".join(letters)
