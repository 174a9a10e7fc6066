"""The stage: functions to post jobs, write on phones, wait for messages, and show captions."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import requests

from config.setting_groups import Settings
from sandbox import greeting

Job = dict[str, Any]
Found = TypeVar("Found")
#: Seconds to wait for a message or a status.
PATIENCE = 30
_POLL = 0.1
#: Beginning of the agents' and of the clients' numbers.
AGENTS, CLIENTS = "+234803000", "+234805000"


class StageError(Exception):
    """A request failed, or an expected message or status did not come in time."""


class Stage:
    """Calls the API as the platform and the pretend Twilio as people. `speed` 2 is twice as fast."""

    def __init__(self, found: Settings, seed: int) -> None:
        self.api, self.twilio = greeting.api_url(found), f"http://127.0.0.1:{found.sandbox.port}"
        self.zone = ZoneInfo(found.defaults.timezone)
        self.speed = float(os.environ.get("DEMO_SPEED", "1"))
        self.patience_for_viewers = float(os.environ.get("DEMO_WAIT_SECONDS", "120"))
        self.dice = random.Random(seed)  # noqa: S311  no secrets here
        self.phones: dict[str, str] = {}
        self.winners: dict[str, str] = {}  # client -> agent
        self.reminded: Job | None = None  # the inspection whose reminder comes in the evening
        self._caption: dict[str, str] = {"text": ""}
        self._session = requests.Session()
        self._session.headers["X-API-Key"] = found.web.api_key

    def pause(self, seconds: float) -> None:
        """Wait, so that people can read."""
        time.sleep(seconds / self.speed)

    def caption(self, text: str, seconds: float = 2.5) -> None:
        """Show a caption over the phones and in the terminal."""
        print(text, flush=True)
        self._caption = {"text": text}
        self._show()
        self.pause(seconds)

    def look_at(self, name: str | None = None, job: Job | None = None) -> None:
        """Let the phones page move to a person's phone or to an inspection."""
        if name:
            self._caption["phone"] = self.phones[name]
        if job:
            self._caption["job"] = job["id"]
        self._show()

    def wait_for_viewer(self) -> None:
        """Wait until somebody has opened the phones page, at most DEMO_WAIT_SECONDS."""
        print(f"The day begins when the phones page is open: {self.twilio}", flush=True)
        deadline = time.monotonic() + self.patience_for_viewers
        while time.monotonic() < deadline and not self._call("GET", f"{self.twilio}/sandbox/caption")["watched"]:
            time.sleep(_POLL)

    def _show(self) -> None:
        self._call("PUT", f"{self.twilio}/sandbox/caption", self._caption)

    def approve_templates(self) -> None:
        """Push and approve all templates; enforce the 24-hour window."""
        self._flask("templates", "push")
        self._call("PUT", f"{self.twilio}/sandbox/contents", {"status": "approved"})
        self._flask("templates", "status")
        self._call("PUT", f"{self.twilio}/sandbox/window", {"enforced": True})

    def create_agent(self, name: str, **facts: Any) -> None:
        """Create an agent."""
        self.phones[name] = f"{AGENTS}{len(self.phones) + 1:04}"
        self._call("POST", f"{self.api}/api/agents/", {"name": name, "phone": self.phones[name], **facts})

    def post_job(self, client: str, house: dict[str, Any], when: datetime, notes: str | None = None) -> Job:
        """Create an inspection; return it."""
        clients = [phone for phone in self.phones.values() if phone.startswith(CLIENTS)]
        self.phones.setdefault(client, f"{CLIENTS}{len(clients) + 1:04}")
        who = {"client_id": client.lower().replace(" ", "_"), "name": client, "phone": self.phones[client]}
        body = {"property": house, "client": who, **self._at(when), **({"notes": notes} if notes else {})}
        job: Job = self._call("POST", f"{self.api}/api/jobs/", body)
        self.look_at(job=job)
        return job

    def move(self, job: Job, when: datetime) -> None:
        """Move an inspection."""
        self.look_at(job=job)
        self._call("PUT", f"{self.api}/api/jobs/{job['id']}", self._at(when))

    def cancel(self, job: Job, reason: str) -> None:
        """Cancel an inspection."""
        self.look_at(job=job)
        self._call("POST", f"{self.api}/api/jobs/{job['id']}/cancel", {"reason": reason})

    def write(self, name: str, text: str, after: str | None = None) -> None:
        """Send a person's message, after a message with the words `after` has reached their phone."""
        if after:
            self.wait_for_message(name, after)
        self.look_at(name)
        if after:
            self.pause(1.2)
        self._call(
            "POST", f"{self.twilio}/sandbox/say", {"from": self.phones[name], "text": text, "profile_name": name}
        )

    def wait_for_message(self, name: str, words: str, patience: float = PATIENCE) -> None:
        """Wait until a message with these words has reached a person's phone."""
        what = f"{words!r} on the phone of {name}"
        self._until(what, lambda: any(words in text for text in self._received(name)), patience)

    def set_fault(self, name: str, kind: str, on: bool) -> None:
        """Switch a fault of a person's phone on or off."""
        phone = self.phones[name]
        self.look_at(name)
        if on:
            self._call("PUT", f"{self.twilio}/sandbox/faults", {"phone": phone, "kind": kind})
        else:
            self._call("DELETE", f"{self.twilio}/sandbox/faults", params={"phone": phone, "kind": kind})

    def wait_for_status(self, job: Job, status: str) -> Job:
        """Wait until an inspection has a status; return it."""

        def reached() -> Job | None:
            now: Job = self._call("GET", f"{self.api}/api/jobs/{job['id']}")
            return now if now["status"] == status else None

        return self._until(f"{job['code']} {status}", reached)

    def owner(self, job: Job) -> str:
        """Wait until an inspection is assigned; return its agent's name."""
        phone = self.wait_for_status(job, "assigned")["assigned_agent"]
        return next(name for name, number in self.phones.items() if number == phone)

    def in_days(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Return a local time some days from today."""
        day = datetime.now(self.zone) + timedelta(days=days)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def _received(self, name: str) -> list[str]:
        messages = self._call("GET", f"{self.twilio}/sandbox/messages", params={"phone": self.phones[name]})
        return [each["text"] for each in messages if each["direction"] == "outbound" and each["ticks"] == 2]

    def _until(self, what: str, look: Callable[[], Found | None], patience: float = PATIENCE) -> Found:
        deadline = time.monotonic() + patience
        while not (found := look()):
            if time.monotonic() > deadline:
                raise StageError(f"waited {patience} s for {what}")
            time.sleep(_POLL)
        return found

    @staticmethod
    def _flask(*command: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *command], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StageError(f"flask {' '.join(command)} failed: {(done.stdout + done.stderr)[-300:]}")

    def _at(self, when: datetime) -> dict[str, str]:
        return {"inspection_date": f"{when:%Y-%m-%d}", "inspection_time": f"{when:%H:%M}"}

    def _call(self, method: str, url: str, body: Any = None, params: dict[str, str] | None = None) -> Any:
        answer = self._session.request(method, url, json=body, params=params, timeout=20)
        if not answer.ok:
            raise StageError(f"{method} {url} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else None
