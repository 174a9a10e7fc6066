"""Tasks as version 0.1.0 left them in Redis, and the forms that waited there."""

import base64
import json
from datetime import datetime
from typing import Any

from tests.version_0_1_0.names import ALARM, BISI, BISI_PHONE, JOB, MESSAGE, SENDER, TIMER

#: Task -> its queue, and its arguments for the documents below.
TASKS: dict[str, tuple[str, list[Any]]] = {
    "workers.inbox.handle": ("inbox", [str(MESSAGE)]),
    "workers.inbox.rescue": ("inbox", []),
    "workers.assignment.settle": ("assignment", [str(JOB)]),
    "workers.broadcasting.follow": ("broadcasting", [str(JOB)]),
    "workers.broadcasting.catch_up": ("broadcasting", [str(BISI)]),
    "workers.notifications.send_replies": ("replies", [[str(MESSAGE)]]),
    "workers.notifications.send_bulk": ("bulk", [[str(MESSAGE)]]),
    "workers.notifications.look_up": ("lookups", [str(MESSAGE)]),
    "workers.notifications.ask_after": ("lookups", [str(MESSAGE)]),
    "workers.notifications.alert": ("lookups", [str(JOB)]),
    "workers.notifications.ring": ("lookups", [str(ALARM)]),
    "workers.notifications.look_at_templates": ("lookups", []),
    "workers.reminders.arm": ("sweeps", []),
    "workers.reminders.fire": ("reminders", [str(TIMER), "2026-11-24T09:00:30+00:00"]),
    "workers.sweeps.sweep": ("sweeps", []),
}


def message_in_redis(task: str) -> tuple[str, str]:
    """Return the queue of a task, and its message as version 0.1.0 left it in Redis."""
    queue, arguments = TASKS[task]
    id_ = "b5e96ad5-f590-4440-847e-ed353ef4bf9f"
    embedded = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    headers = {
        "lang": "py",
        "task": task,
        "id": id_,
        "shadow": None,
        "eta": None,
        "expires": None,
        "group": None,
        "group_index": None,
        "retries": 0,
        "timelimit": [None, None],
        "root_id": id_,
        "parent_id": None,
        "argsrepr": repr(arguments),
        "kwargsrepr": "{}",
        "origin": "gen16654@desk",
        "ignore_result": True,
        "replaced_task_nesting": 0,
        "stamped_headers": None,
        "stamps": {},
    }
    properties = {
        "correlation_id": id_,
        "reply_to": "",
        "delivery_mode": 2,
        "priority": 0,
        "body_encoding": "base64",
        "delivery_info": {"exchange": "", "routing_key": queue},
        "delivery_tag": "cd06eff5-8367-44e4-ae44-9f613aec70ce",
    }
    body = base64.b64encode(json.dumps([arguments, {}, embedded]).encode()).decode()
    encoded = {"body": body, "content-encoding": "utf-8", "content-type": "application/json"}
    return queue, json.dumps({**encoded, "headers": headers, "properties": properties})


def form_on_the_shelf(at: datetime) -> str:
    """Return the entry of an inbound form that waited in Redis for MongoDB."""
    sid = "SM" + "9" * 32
    form = {"MessageSid": sid, "From": f"whatsapp:{BISI_PHONE}", "To": f"whatsapp:{SENDER}", "Body": "help"}
    return json.dumps({"kind": "inbound", "form": {**form, "NumMedia": "0"}, "query": {}, "at": at.isoformat()})
