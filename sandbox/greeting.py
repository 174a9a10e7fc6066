"""The banner that the desk prints when it is ready: a first step, all addresses, a first inspection to paste."""

import json
import os
import shlex
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.setting_groups import Settings

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  to listen on

AGENT = {"name": "Ada Obi", "phone": "+2348030000001"}
INSPECTION: dict[str, Any] = {
    "property": {
        "property_id": "prop_123",
        "title": "3-Bedroom Apartment",
        "address": "123 Lekki Phase 1, Lagos",
        "property_type": "Apartment",
        "bedrooms": 3,
        "bathrooms": 2,
        "price": 50000000,
        "area": "150 sqm",
    },
    "client": {
        # Not the client of the README: their inspection would be held for the agent of this one.
        "client_id": "client_123",
        "name": "Grace Hall",
        "phone": "+2348012345670",
        "email": "grace.hall@example.com",
    },
    "inspection_time": "14:00",
    "notes": "Client prefers afternoon viewing",
}


def reachable(host: str) -> str:
    """Return the address at which a client on this machine reaches a server that listens on `host`."""
    return _ANY_ADDRESS.get(host, host)


def api_url(found: Settings) -> str:
    """Return the URL of the API on this machine."""
    host = reachable(found.web.host)
    return f"http://[{host}]:{found.web.port}" if ":" in host else f"http://{host}:{found.web.port}"


def text(found: Settings, seconds: float, first: list[str]) -> str:
    """Return the banner; `first` is its first instruction. Its curl commands can be pasted."""
    paragraphs = [
        [f"ready in {seconds:.1f} s"],
        first,
        _addresses(found),
        _commands(found),
        ["Ctrl-C stops everything."],
    ]
    return "\n" + "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"


def first_step(found: Settings) -> list[str]:
    """Return the first instruction. With a real account there is no phones page."""
    if not found.sandbox.on:
        return ["First: paste the commands below for a first inspection. Its messages go to Twilio."]
    return [
        f"First: open the phones page {found.twilio.api_base_url} and press Load sample data.",
        "Then answer YES on one of the phones.",
    ]


def _addresses(found: Settings) -> list[str]:
    twilio = found.twilio.api_base_url if found.sandbox.on else "none: messages go to Twilio"
    return [
        f"  API             {api_url(found)}   (documented at /docs)",
        f"  API key         {found.web.api_key}",
        f"  pretend Twilio  {twilio}" + ("   (the phones page)" if found.sandbox.on else ""),
        f"  Flower          http://127.0.0.1:{found.operations.flower_port}   ({os.environ['FLOWER_BASIC_AUTH']})",
        f"  data            {found.operations.data_dir}",
    ]


def _commands(found: Settings) -> list[str]:
    tomorrow = datetime.now(ZoneInfo(found.defaults.timezone)).date() + timedelta(days=1)
    return [
        "An agent and an inspection for tomorrow, from a terminal:",
        "",
        _curl(found, "/api/agents/", AGENT),
        "",
        _curl(found, "/api/jobs/", {**INSPECTION, "inspection_date": tomorrow.isoformat()}),
    ]


def _curl(found: Settings, path: str, body: dict[str, Any]) -> str:
    headers = ["-H", f"Authorization: Bearer {found.web.api_key}", "-H", "Content-Type: application/json"]
    return shlex.join(["curl", "-sS", api_url(found) + path, *headers, "-d", json.dumps(body)])
