"""`python -m sandbox.demo`: starts an empty desk and plays the day on it."""

import os
import sys
import tempfile
from dataclasses import replace

from config.setting_groups import Settings
from sandbox import desk, roster
from sandbox.supervision import Child

#: Settings that override a developer's .env: the demo uses its own stores and no real account.
SETTINGS = {
    "MONGODB_URI": "",
    "REDIS_URL": "",
    "TWILIO_ACCOUNT_SID": "",
    "TWILIO_API_BASE_URL": "",
    "OPS_WEBHOOK_URL": "",
    "DEFAULT_TIMEZONE": "Africa/Lagos",
    "DEFAULT_REGION": "NG",
    "REMINDER_LEAD_MINUTES": "30",
    "CONTINUITY_HOLD_MINUTES": "5",
    "CONFIRM_NUDGE_MINUTES": "30",
    "WEB_CONCURRENCY": "1",
    "LOG_LEVEL": "WARNING",
}


def main() -> None:
    """Start the desk and play the day."""
    with tempfile.TemporaryDirectory(prefix="dispatch-demo-", ignore_cleanup_errors=True) as data:
        os.environ.update(SETTINGS, DATA_DIR=data)
        desk.main(_children, first_step=_first_step)


def _first_step(found: Settings) -> list[str]:
    """Return the banner's first instruction."""
    return [
        f"First: open the phones page {found.twilio.api_base_url} and watch.",
        "The day begins when the page is open. The page moves to whoever acts; touch it, and it waits for you.",
    ]


def _children(found: Settings) -> list[Child]:
    """Return the desk's processes, with the seeded web and the demo's player."""
    seeded = ["-c", "python:sandbox.demo.gunicorn"]
    children = []
    for child in roster.processes(found):
        command = list(child.command)
        if child.name == "web":
            at = command.index("-c")
            command[at : at + 2] = seeded
        children.append(replace(child, command=command))
    return [*children, Child("demo", (sys.executable, "-m", "sandbox.demo.day"), roster.AFTER_BANNER)]


if __name__ == "__main__":
    main()
