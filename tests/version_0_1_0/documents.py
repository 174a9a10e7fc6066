"""Documents of each collection as version 0.1.0 wrote them."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from tests.version_0_1_0.names import (
    ADA,
    ADA_PHONE,
    ALARM,
    BISI,
    BISI_PHONE,
    CLIENT_PHONE,
    EVENT,
    EVENTS,
    JOB,
    MESSAGE,
    OFFER,
    SENDER,
    TIMER,
)

HOUSE = {"property_id": "prop_old", "title": "Old House", "address": "1 Old Street, Lagos"}
CLIENT = {"client_id": "client_old", "name": "John Doe", "phone": CLIENT_PHONE, "email": "john@example.com"}


def job(now: datetime, event: str = "opened", **changes: Any) -> dict[str, Any]:
    """Return a job whose latest event is not followed up. It starts in two days."""
    asked, starts, state = now - timedelta(hours=1), now + timedelta(days=2), EVENTS[event]
    last = {"id": EVENT, "name": event, "at": asked, "to": state, "round": 1}
    if state != "pending" or event == "released":
        last |= {"agent": ADA, "offer": OFFER, "cause": ObjectId(), "reason": "agent"}
    first = (
        [] if event == "opened" else [{"id": ObjectId(), "name": "opened", "at": asked, "to": "pending", "round": 1}]
    )
    owner = {"agent": ADA} if state in ("assigned", "approved", "in_progress", "completed") else {}
    return {
        "_id": JOB,
        "schema_version": 1,
        "status": state,
        "version": len(first) + 1,
        "reached": {"pending": asked, state: asked},
        "timeline": [*first, last],
        "unfollowed": [EVENT],
        "set_aside": [],
        "follow_up_at": asked,
        "updated_at": asked,
        "code": "K7F3",
        "client_id": "client_old",
        "property_id": "prop_old",
        "property_details": HOUSE,
        "client_details": CLIENT,
        "inspection_date": f"{starts:%Y-%m-%d}",
        "inspection_time": f"{starts:%H:%M}",
        "timezone": "UTC",
        "starts_at": starts,
        "notes": "Ring twice",
        "round": 1,
        "plan": 1,
        "request": ObjectId(),
        "created_at": asked,
        **owner,
        **changes,
    }


def timer(now: datetime, kind: str) -> dict[str, Any]:
    """Return a timer that is due and was armed."""
    return {
        "_id": TIMER,
        "schema_version": 1,
        "job": JOB,
        "kind": kind,
        "due_at": now - timedelta(seconds=5),
        "version": 1,
        "plan": 1,
        "round": 1,
        "attempts": 0,
        "next_attempt_at": now - timedelta(seconds=5),
        "armed_by": ObjectId(),
        "leased_until": None,
        "fired_at": None,
    }


def queued(now: datetime, kind: str, wording: str | None = None) -> dict[str, Any]:
    """Return an outbound message that waits to be sent."""
    to_client = kind.endswith("client") or kind == "client_reply"
    person = (
        {"phone": CLIENT_PHONE, "client_id": "client_old", "about": ADA}
        if to_client
        else {"phone": ADA_PHONE, "agent": ADA}
    )
    return {
        "_id": ObjectId(),
        "schema_version": 1,
        "direction": "outbound",
        "lane": "replies",
        "kind": kind,
        "key": f"{EVENT}:{ADA}:{kind}:{wording}",
        "job": JOB,
        "plan": 1,
        "offer": OFFER,
        "text": "Some words",
        "language": "en",
        "status": "queued",
        "attempts": [],
        "look_ups": 0,
        "revision": 0,
        "next_attempt_at": now,
        "not_before": now,
        "created_at": now - timedelta(minutes=1),
        **person,
        **({"wording": wording} if wording else {}),
    }


def sent(now: datetime, state: str) -> dict[str, Any]:
    """Return an outbound message with one attempt in a state."""
    at, sid = now - timedelta(minutes=50), "SM" + ObjectId().binary.hex() + "0" * 8
    attempt = {"n": 1, "state": state, "started_at": at, "sent_as": "text", f"{state}_at": at, "sid": sid}
    parked = {"parked_at": at, "error": "KeyError in dispatch.wording.saying:say"} if state == "parked" else {}
    return {
        **queued(now, "help_agent"),
        "key": f"{ObjectId()}:{ADA}:help_agent",
        "status": state,
        "twilio_sid": sid,
        "attempts": [attempt],
        "attempted_at": at,
        "revision": 2,
        **parked,
        **({f"{state}_at": at} if state in ("sent", "delivered", "read") else {}),
    }


def sent_offer(now: datetime, offered: dict[str, Any], phone: str) -> dict[str, Any]:
    """Return the delivered message of an offer."""
    agent_id = offered["agent"]
    facts = {"kind": "offer", "lane": "bulk", "asks": "yes", "offer": offered["_id"], "agent": agent_id, "phone": phone}
    return {**sent(now, "delivered"), "key": f"{offered['_id']}:{agent_id}:offer", **facts}


def inbound(now: datetime) -> dict[str, Any]:
    """Return a YES of Bisi that waits to be handled."""
    at, sid = now - timedelta(minutes=2), "SM" + "1" * 32
    form = {"MessageSid": sid, "From": f"whatsapp:{BISI_PHONE}", "To": f"whatsapp:{SENDER}", "Body": "YES K7F3"}
    return {
        "_id": MESSAGE,
        "schema_version": 1,
        "direction": "inbound",
        "twilio_sid": sid,
        "phone": BISI_PHONE,
        "text": "YES K7F3",
        "status": "received",
        "form": {**form, "NumMedia": "0"},
        "unhandled": True,
        "handlings": 0,
        "next_attempt_at": at,
        "created_at": at,
        "received_at": at,
    }


def offer(now: datetime, agent: ObjectId, **changes: Any) -> dict[str, Any]:
    """Return an open offer of the job."""
    return {
        "_id": ObjectId(),
        "schema_version": 1,
        "job": JOB,
        "round": 1,
        "plan": 1,
        "times": 1,
        "agent": agent,
        "state": "open",
        "created_at": now - timedelta(hours=1),
        **changes,
    }


def agent(now: datetime, id_: ObjectId, name: str, phone: str) -> dict[str, Any]:
    """Return an active agent with a status change that is not followed up."""
    at = now - timedelta(days=3)
    return {
        "_id": id_,
        "schema_version": 1,
        "agent_id": f"agent_{name}",
        "name": name,
        "phone": phone,
        "email": None,
        "status": "active",
        "zone": "Lekki",
        "specializations": ["Apartment"],
        "experience_years": 4,
        "rating": 4.8,
        "total_inspections": 120,
        "languages": ["English"],
        "language": "en",
        "present": True,
        "changes": 2,
        "follow_up_at": now,
        "created_at": at,
        "updated_at": at,
        "consents": [
            {"at": at, "what": "in", "how": "platform"},
            {"at": at, "what": "out", "how": "message", "message": ObjectId(), "word": "Stop"},
            {"at": at, "what": "in", "how": "twilio", "code": 21610},
        ],
    }


def others(now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return a document of each further collection, by the name of the collection."""
    at = now - timedelta(hours=1)
    return {
        "clients": [
            {"_id": ObjectId(), "schema_version": 1, **CLIENT, "created_at": at, "updated_at": at, "consents": []}
        ],
        "properties": [
            {
                "_id": ObjectId(),
                "schema_version": 1,
                "property_id": "prop_old",
                "details": HOUSE,
                "created_at": at,
                "updated_at": at,
            }
        ],
        "answers": [
            {
                "_id": ObjectId(),
                "schema_version": 1,
                "key": "old",
                "asked": "digest",
                "leased_until": at,
                "touched_at": at,
                "status": 201,
                "headers": [["Content-Type", "application/json"]],
                "body": b"{}",
            }
        ],
        "alarms": [
            {
                "_id": ALARM,
                "schema_version": 1,
                "cause": "twilio:20003",
                "event": "messages_fail",
                "text": "Text.",
                "facts": {"code": "20003", "advice": "mend"},
                "post_at": at,
            }
        ],
        "contacts": [
            {"_id": ObjectId(), "schema_version": 1, "phone": phone, "sender": SENDER, "heard_at": at}
            for phone in (ADA_PHONE, BISI_PHONE, CLIENT_PHONE)
        ],
        "templates": [
            {
                "_id": ObjectId(),
                "schema_version": 1,
                "name": "offer_fr_1",
                "key": "offer",
                "language": "fr",
                "category": "UTILITY",
                "body": "New inspection {{1}}",
                "variables": ["code"],
                "status": "pending",
                "buttons": [{"title": "YES", "id": "yes:1"}],
                "content_sid": "HX" + "1" * 32,
                "pushed_at": at,
            }
        ],
    }


def documents(now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return a busy desk: an offered job, a YES to be handled, an event, messages and timers, by collection."""
    offers = [offer(now, ADA, _id=OFFER), offer(now, BISI)]
    offered = [sent_offer(now, offers[0], ADA_PHONE), sent_offer(now, offers[1], BISI_PHONE)]
    messages = [
        *offered,
        inbound(now),
        *(sent(now, state) for state in ("accepted", "sent", "delivered", "read", "failed")),
    ]
    later = {**timer(now, "expiry"), "due_at": now + timedelta(days=2), "next_attempt_at": now + timedelta(days=1)}
    return {
        "agents": [agent(now, ADA, "Ada", ADA_PHONE), agent(now, BISI, "Bisi", BISI_PHONE)],
        "jobs": [job(now)],
        "offers": offers,
        "timers": [later],
        "messages": messages,
        **others(now),
    }
