"""What the desk says when it is open: where everything is, and a first inspection to paste."""

import json
import os
import shlex
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.setting_groups import Settings

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  listened on, not connected to

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
        "client_id": "client_456",
        "name": "John Doe",
        "phone": "+2348012345678",
        "email": "john.doe@example.com",
    },
    "inspection_time": "14:00",
    "notes": "Client prefers afternoon viewing",
}


def reachable(host: str) -> str:
    """Return the address to connect to on this machine for one that is listened on."""
    return _ANY_ADDRESS.get(host, host)


def api_url(found: Settings) -> str:
    """Return where the API answers on this machine."""
    host = reachable(found.web.host)
    return f"http://[{host}]:{found.web.port}" if ":" in host else f"http://{host}:{found.web.port}"


def text(found: Settings, seconds: float) -> str:
    """Return the greeting; its curl commands work as pasted."""
    tomorrow = datetime.now(ZoneInfo(found.defaults.timezone)).date() + timedelta(days=1)
    twilio = found.twilio.api_base_url if found.sandbox.on else "none: messages go to Twilio"
    return "\n".join(
        [
            "",
            f"ready in {seconds:.1f} s",
            "",
            f"  API             {api_url(found)}   (documented at /docs)",
            f"  API key         {found.web.api_key}",
            f"  pretend Twilio  {twilio}" + ("   (open it: everybody's phones)" if found.sandbox.on else ""),
            f"  Flower          http://127.0.0.1:{found.operations.flower_port}   ({os.environ['FLOWER_BASIC_AUTH']})",
            f"  data            {found.operations.data_dir}",
            "",
            "An agent, and an inspection for tomorrow:",
            "",
            _curl(found, "/api/agents/", AGENT),
            "",
            _curl(found, "/api/jobs/", {**INSPECTION, "inspection_date": tomorrow.isoformat()}),
            "",
            "Ctrl-C stops everything.",
            "",
        ]
    )


def _curl(found: Settings, path: str, body: dict[str, Any]) -> str:
    headers = ["-H", f"Authorization: Bearer {found.web.api_key}", "-H", "Content-Type: application/json"]
    return shlex.join(["curl", "-sS", api_url(found) + path, *headers, "-d", json.dumps(body)])
