"""Simulated people and platform: they follow the schedule, react to messages and answers, and repeat like Twilio."""

import re
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from sandbox.twilio import Message
from sandbox.twilio.later import Later
from sandbox.twilio.ledger import OUTBOUND
from tests.bodies import a_job_body, an_agent_body
from tests.chaos.desk import ChaosDesk
from tests.chaos.schedule import JobPlan, Owner, Schedule, Word
from tests.live.desk import API_KEY

#: Seconds before each repetition of a webhook without an answer or with a 5xx (Twilio's `#rc=5`).
REPEATED_AFTER = (0.5, 1.0, 2.0, 4.0, 8.0)
#: (News, pattern of the message's text). The first match counts.
NEWS = (
    ("offer", re.compile(r"New inspection|Another inspection|Open again|To take it at the new time and place")),
    ("won", re.compile(r"^Well done")),
    ("moved", re.compile(r"^Your inspection .* has moved")),
    ("approved", re.compile(r"^Thank you! Inspection .* is confirmed")),
    ("asked", re.compile(r"is waiting for your confirmation|^Is inspection .* over|^Which inspection")),
)
CODE = re.compile(r"\*([A-Z0-9]{4,6})\*")


@dataclass
class Try:
    """One delivery of a webhook: times of post and answer, HTTP status (None: no answer)."""

    since: datetime
    to: datetime
    status: int | None


@dataclass
class Spoken:
    """A person's message, with its deliveries."""

    sid: str
    phone: str
    text: str
    tries: list[Try] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether the desk acknowledged the message."""
        return any(each.status == 204 for each in self.tries)


@dataclass
class Posted:
    """A job that the platform posted. `job_id` is set when the POST is acknowledged."""

    plan: JobPlan
    property_id: str
    job_id: str | None = None
    code: str | None = None


class Cast:
    """All simulated people: agents with phones, clients, and the platform."""

    def __init__(self, desk: ChaosDesk, schedule: Schedule) -> None:
        self.desk, self.schedule = desk, schedule
        self.later = Later(threads=32)
        self.spoken: list[Spoken] = []
        self.posted = {plan.number: Posted(plan, f"prop_{plan.number}") for plan in schedule.jobs}
        self.phones: list[str] = []
        self.refused: list[str] = []
        self._by_code: dict[str, Posted] = {}
        self._answered: set[tuple[int, int]] = set()
        self._owners: dict[int, int] = {}
        self._ended, self._over = threading.Event(), threading.Event()
        self._following = threading.Thread(target=self._follow, name="people", daemon=True)

    def begin(self) -> None:
        """Create the agents and start the schedule."""
        for n in range(self.schedule.agents):
            self.phones.append(self.desk.post("/api/agents/", an_agent_body(name=f"Agent {n}"))["phone"])
        self.later.start()
        self._following.start()
        for plan in self.schedule.jobs:
            self.later.call(plan.at, self._post, plan, str(uuid.uuid4()), None, 0)
        for fault in self.schedule.faults:
            phone = "*" if fault.agent is None else self.phones[fault.agent]
            self.later.call(fault.at, self._set_fault, phone, fault)

    def fall_silent(self) -> None:
        """Start no new actions. Repeat unanswered ones until they are answered."""
        self._over.set()

    def end(self) -> None:
        """Stop all actions."""
        self._ended.set()
        self._following.join()
        self.later.stop()

    @property
    def is_idle(self) -> bool:
        """Whether no action is pending or running."""
        return not self.later._due and self.later._pool._work_queue.empty()

    def _set_fault(self, phone: str, fault: Any) -> None:
        self.desk.twilio.faults.set(phone, fault.kind, count=fault.count, seconds=fault.seconds)

    def _follow(self) -> None:
        """Watch the messages on the phones and reply."""
        ledger, revision, seen = self.desk.twilio._exchange.ledger, 0, set[str]()
        while not self._ended.is_set():
            for message in ledger.changed_since(revision, 0.3):
                revision = max(revision, message.revision)
                if message.direction == OUTBOUND and message.sid not in seen:
                    seen.add(message.sid)
                    self._see(message)

    def _see(self, message: Message, looks: int = 0) -> None:
        news = next((name for name, shows in NEWS if shows.search(message.body)), None)
        if news is None or message.phone not in self.phones:
            return
        code = next((code for code in CODE.findall(message.body) if code in self._by_code), None)
        if code is None:  # the offer arrived before the platform's answer
            if looks < 30:
                self.later.call(1.0, self._see, message, looks + 1)
            return
        agent, plan = self.phones.index(message.phone), self._by_code[code].plan
        if news == "offer":
            if (plan.number, agent) not in self._answered:
                self._answered.add((plan.number, agent))
                self._speak(message.phone, code, *(word for who, word in plan.answers if who == agent))
            return
        if news == "won":
            self._owners[plan.number] = self._owners.get(plan.number, -1) + 1
        owner = plan.owners[self._owners.get(plan.number, 0) % len(plan.owners)]
        self._speak(message.phone, code, *_reaction(owner, news, message.body))

    def _speak(self, phone: str, code: str, *words: Word | None) -> None:
        for word in words:
            if word and not self._over.is_set():
                spoken = Spoken("SM" + uuid.uuid4().hex, phone, word.text.format(code=code))
                self.later.call(word.after, self._say, spoken, 0)

    def _say(self, spoken: Spoken, repeated: int) -> None:
        """Deliver a message; repeat it under the same SID until the desk accepts it."""
        if not spoken.tries:
            if self._over.is_set():
                return
            self.spoken.append(spoken)
        since = datetime.now(UTC)
        result = self.desk.twilio.say(spoken.phone, spoken.text, sid=spoken.sid)
        spoken.tries.append(Try(since, datetime.now(UTC), result.status))
        if (result.status is None or result.status >= 500) and repeated < len(REPEATED_AFTER):
            self.later.call(REPEATED_AFTER[repeated], self._say, spoken, repeated + 1)

    def _body(self, plan: JobPlan) -> dict[str, Any]:
        return a_job_body(
            starts_in=f"{plan.starts_in_minutes}m",
            property__property_id=f"prop_{plan.number}",
            client__client_id=f"client_{plan.client}",
            client__phone=f"+23470{plan.client:08d}",
        )

    def _post(self, plan: JobPlan, key: str, body: dict[str, Any] | None, repeated: int) -> None:
        """Post a job; repeat it under the same key until it is answered."""
        body = body or self._body(plan)
        patience = 0.01 if plan.hasty and not repeated else 8
        status, job = self._ask("POST", "/api/jobs/", body, key, patience)
        if status == 201:
            posted = self.posted[plan.number]
            posted.job_id, posted.code = job["id"], job["code"]
            self._by_code[job["code"]] = posted
            for request in plan.requests:
                self.later.call(request.after, self._request, posted, request.what, str(uuid.uuid4()), 0)
        elif status is None or status >= 500 or status == 409:
            self.later.call(1.0, self._post, plan, key, body, repeated + 1)
        else:
            self.refused.append(f"job {plan.number}: {status} {job}")

    def _request(self, posted: Posted, what: str, key: str, repeated: int) -> None:
        """Request a change of a job; repeat it under the same key until it is answered. A refusal is an answer, too."""
        if self._over.is_set() and not repeated:
            return
        one, body = f"/api/jobs/{posted.job_id}", None
        method, path = {
            "move": ("PUT", one),
            "change": ("PUT", one),
            "delete": ("DELETE", one),
            "cancel": ("POST", f"{one}/cancel"),
            "release": ("POST", f"{one}/release"),
        }[what]
        if what == "move":
            moved = a_job_body(starts_in=f"{3 + posted.plan.number % 5}d")
            body = {name: moved[name] for name in ("inspection_date", "inspection_time")}
        elif what == "change":
            body = {"notes": f"Ring twice, {posted.plan.number}"}
        status, answer = self._ask(method, path, body, key, 8)
        still_answering = status == 409 and method == "POST" and "still being processed" in str(answer)
        if (status is None or status >= 500 or still_answering) and repeated < 30:
            self.later.call(1.0, self._request, posted, what, key, repeated + 1)
        elif status not in (200, 204, 404, 409):
            self.refused.append(f"{what} of {posted.job_id}: {status} {answer}")

    def _ask(self, method: str, path: str, body: Any, key: str, patience: float) -> tuple[int | None, Any]:
        headers = {"X-API-Key": API_KEY, **({"Idempotency-Key": key} if method == "POST" else {})}
        try:
            answer = requests.request(method, self.desk.base + path, json=body, headers=headers, timeout=patience)
            return answer.status_code, answer.json() if answer.content else None
        except (requests.RequestException, ValueError):
            return None, None


def _reaction(owner: Owner, news: str, text: str) -> tuple[Word | None, ...]:
    if news == "won":
        return (owner.when_won,)
    if news == "approved":
        return owner.when_approved
    if news == "moved":
        return (owner.when_moved,)
    asked = owner.when_asked
    if asked is None:
        return ()
    word = "confirm" if "waiting for your confirmation" in text else "complete" if "over" in text else "yes"
    return (Word(asked.after, f"{word} {{code}}"),)
