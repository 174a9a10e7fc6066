"""Documents without a schema version, written by hand: an offered job and its messages."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from dispatch.models import (
    Agent,
    Alarm,
    Answer,
    Client,
    Contact,
    Job,
    Message,
    Offer,
    Property,
    Record,
    Template,
    Timer,
)
from tests.bodies import a_phone

Rows = dict[type[Record], list[dict[str, Any]]]


def documents(now: datetime) -> Rows:
    """Return some of each kind: a pending job, offered an hour ago to an agent who has asked for help since."""
    asked, starts = now - timedelta(hours=1), now + timedelta(days=2)
    agent, job, offer, event = ObjectId(), ObjectId(), ObjectId(), ObjectId()
    phone, client = a_phone(), a_phone()
    house = {"property_id": "prop_old", "title": "Old House", "address": "1 Old Street, Lagos"}
    person = {"client_id": "client_old", "name": "John Doe", "phone": client}
    outbound = {
        "direction": "outbound",
        "lane": "bulk",
        "kind": "offer",
        "key": f"{offer}:{agent}:offer",
        "phone": phone,
        "agent": agent,
        "job": job,
        "plan": 1,
        "offer": offer,
        "asks": "yes",
        "text": "New inspection",
        "look_ups": 0,
        "revision": 2,
        "created_at": asked,
        "status": "accepted",
        "twilio_sid": "SM" + "0" * 32,
        "attempted_at": asked,
        "attempts": [{"n": 1, "state": "accepted", "started_at": asked, "sid": "SM" + "0" * 32, "accepted_at": asked}],
    }
    inbound = {
        "direction": "inbound",
        "twilio_sid": "SM" + "1" * 32,
        "phone": phone,
        "text": "help",
        "status": "handled",
        "form": {"NumMedia": "0"},
        "handlings": 1,
        "created_at": asked,
        "received_at": asked,
        "agent": agent,
        "meaning": {"act": "help", "word": "help", "agent": agent},
    }
    return {
        Agent: [
            {
                "_id": agent,
                "agent_id": "agent_old",
                "name": "Ada Obi",
                "phone": phone,
                "status": "active",
                "specializations": [],
                "total_inspections": 0,
                "languages": [],
                "present": True,
                "changes": 0,
                "created_at": asked,
                "updated_at": asked,
            }
        ],
        Answer: [
            {
                "_id": ObjectId(),
                "key": "old",
                "asked": "digest",
                "leased_until": asked,
                "touched_at": asked,
                "status": 201,
                "headers": [],
                "body": b"{}",
            }
        ],
        Client: [{"_id": ObjectId(), **person, "created_at": asked, "updated_at": asked}],
        Alarm: [],
        Contact: [],
        Template: [],
        Property: [{"_id": ObjectId(), "property_id": "prop_old", "details": house, "created_at": asked}],
        Job: [
            {
                "_id": job,
                "status": "pending",
                "version": 1,
                "reached": {"pending": asked},
                "timeline": [{"id": event, "name": "opened", "at": asked, "to": "pending", "round": 1}],
                "unfollowed": [],
                "updated_at": asked,
                "code": "K7F3",
                "client_id": "client_old",
                "property_id": "prop_old",
                "property_details": house,
                "client_details": person,
                "inspection_date": f"{starts:%Y-%m-%d}",
                "inspection_time": f"{starts:%H:%M}",
                "timezone": "UTC",
                "starts_at": starts,
                "round": 1,
                "plan": 1,
                "created_at": asked,
            }
        ],
        Offer: [
            {
                "_id": offer,
                "job": job,
                "round": 1,
                "agent": agent,
                "state": "open",
                "plan": 1,
                "times": 1,
                "created_at": asked,
            }
        ],
        Timer: [
            {
                "_id": ObjectId(),
                "job": job,
                "kind": "expiry",
                "due_at": starts,
                "version": 1,
                "plan": 1,
                "round": 1,
                "attempts": 0,
                "next_attempt_at": starts - timedelta(minutes=10),
                "leased_until": None,
                "fired_at": None,
            }
        ],
        Message: [{"_id": ObjectId(), **outbound}, {"_id": ObjectId(), **inbound}],
    }
