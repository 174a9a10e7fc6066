"""A picture of the final state, without ids, codes and times. Two runs of a scene must give the same picture."""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from dispatch.models import DOCUMENTS
from tests.points.stage import PointStage

#: States of a message that Twilio accepted. They count as equal: receipts come independently of the action.
OUT = {"accepted", "sent", "delivered", "read"}
#: Allowed difference of timers: they are set relative to the current time, and a restart takes some minutes.
SLACK = timedelta(minutes=8)

Picture = dict[str, Counter[str]]


class Painter:
    """Replaces ids by names: agents by name, jobs by number, phones by their person."""

    def __init__(self, stage: PointStage) -> None:
        self.received, self.alarms = list(stage.twilio.outbox), list(stage.office.alarms)
        self.rows = {document.__name__: list(document.collection().find().sort("_id", 1)) for document in DOCUMENTS}
        by_age = sorted(self.rows["Job"], key=lambda row: row["created_at"])  # ids of several processes are in no order
        self.jobs = {row["_id"]: f"job {n}" for n, row in enumerate(by_age, 1)}
        self.codes = {row["code"]: self.jobs[row["_id"]] for row in self.rows["Job"]}
        self.agents = {row["_id"]: row["name"] for row in self.rows["Agent"]}
        self.messages = {row["_id"]: row.get("text") for row in self.rows["Message"]}
        self.offers = {row["_id"]: f"offer to {self.agents[row['agent']]}" for row in self.rows["Offer"]}

    def paint(self) -> Picture:
        """Return the state as lines by kind, with the number of each line."""
        lines = {
            "jobs": [self._job(row) for row in self.rows["Job"]],
            "timelines": [self._timeline(row) for row in self.rows["Job"]],
            "offers": [self._offer(row) for row in self.rows["Offer"]],
            "timers": [self._timer(row) for row in self.rows["Timer"] if not self._is_past(row)],
            "agents": [self._plain(row, "status", "phone", "resumes", "present", "zone") for row in self.rows["Agent"]],
            "clients": [self._plain(row, "client_id", "phone") for row in self.rows["Client"]],
            "properties": [f"{row['property_id']}: {row['details']}" for row in self.rows["Property"]],
            "templates": [f"{row['name']}: {row['status']}, {row.get('reason')}" for row in self.rows["Template"]],
            "contacts": [self._contact(row) for row in self.rows["Contact"]],
            "messages": [self._message(row) for row in self.rows["Message"]],
            "received": [f"{sent.phone}: {self._worded(sent.body)}" for sent in self.received],
            # A process killed between posting and recording an alarm posts it again: once or twice are both right.
            "alarms to post": [self._worded(row["text"]) for row in self.rows["Alarm"] if row.get("post_at")],
            "told": sorted({self._worded(alarm["text"]) for alarm in self.alarms}),
        }
        return {kind: Counter(found) for kind, found in lines.items()}

    def _contact(self, row: dict[str, Any]) -> str:
        known = {name: row.get(name) for name in ("address", "posted", "user_id")}
        return f"{row['phone']} heard: {'heard_at' in row}, {known}"

    def dues(self) -> dict[str, datetime]:
        """Return the due times of the timers."""
        return {f"{self.jobs[row['job']]} {row['kind']}": row["due_at"] for row in self.rows["Timer"]}

    def _job(self, row: dict[str, Any]) -> str:
        facts = {
            name: self._named(row.get(name))
            for name in (
                "status",
                "agent",
                "round",
                "plan",
                "version",
                "held_for",
                "attention",
                "unfollowed",
                "notes",
                "client_details",
                "property_details",
                "inspection_date",
                "inspection_time",
            )
        }
        facts |= {name: name in row for name in ("deleted_at", "follow_up_at", "alert_at")}
        facts["attentions"] = sorted(each["reason"] for each in row.get("attentions", ()))
        return f"{self.jobs[row['_id']]}: {facts}"

    def _timeline(self, row: dict[str, Any]) -> str:
        events = [
            {
                name: self._named(value)
                for name, value in event.items()
                if name not in ("id", "at", "due_at", "request", "of") and not isinstance(value, datetime)
            }
            for event in row["timeline"]
        ]
        return f"{self.jobs[row['_id']]}: {events}"

    def _offer(self, row: dict[str, Any]) -> str:
        facts = {name: self._named(row.get(name)) for name in ("round", "plan", "times", "state", "claim")}
        return f"{self.jobs[row['job']]} to {self.agents[row['agent']]}: {facts}"

    def _is_past(self, timer: dict[str, Any]) -> bool:
        """Return whether a timer of an earlier plan or round has fired. Its row may or may not still exist."""
        (job,) = [row for row in self.rows["Job"] if row["_id"] == timer["job"]]
        return bool(timer.get("fired_at")) and (timer["plan"], timer["round"]) != (job["plan"], job["round"])

    def _timer(self, row: dict[str, Any]) -> str:
        facts = {name: row.get(name) for name in ("plan", "round", "version")}
        return f"{self.jobs[row['job']]} {row['kind']}: {facts}, fired: {bool(row.get('fired_at'))}"

    def _plain(self, row: dict[str, Any], *names: str) -> str:
        facts = {name: row.get(name) for name in names}
        dates = ("opted_out_at", "unreachable_at", "follow_up_at", "paused_until")
        facts |= {name: bool(row.get(name)) for name in dates}
        return f"{row['name']}: {facts}"

    def _contact(self, row: dict[str, Any]) -> str:
        facts = {name: name in row for name in ("heard_at", "opted_out_at", "unreachable_at", "follow_up_at")}
        facts |= {"consents": [(each["what"], each["how"]) for each in row.get("consents", ())]}
        return f"{row['phone']}: {facts}"

    def _message(self, row: dict[str, Any]) -> str:
        status = "out" if row["status"] in OUT else row["status"]
        facts = {
            name: self._named(row.get(name))
            for name in (
                "direction",
                "kind",
                "phone",
                "job",
                "plan",
                "about",
                "offer",
                "lane",
                "asks",
                "agent",
                "client_id",
                "unhandled",
                "error_code",
            )
        }
        meaning = {name: self._named(value) for name, value in row.get("meaning", {}).items()}
        open_ = "next_attempt_at" in row
        return f"{facts} {meaning} {status}, something to do: {open_}: {self._worded(row.get('text') or '')}"

    def _named(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._named(each) for each in value]
        if isinstance(value, ObjectId):
            for names in (self.jobs, self.agents, self.offers, self.messages):
                if value in names:
                    return names[value]
            return "nothing on record"
        return self.codes.get(value, value) if isinstance(value, str) else value

    def _worded(self, text: str) -> str:
        return re.sub(r"\b[A-Za-z0-9-]+\b", lambda word: self.codes.get(word[0], word[0]), text)


def differences(expected: Painter, found: Painter) -> list[str]:
    """Return missing and surplus lines by kind. For two similar lines, show where they differ."""
    wrong = []
    before, after = expected.paint(), found.paint()
    for kind in before:
        missing, surplus = list((before[kind] - after[kind]).elements()), list((after[kind] - before[kind]).elements())
        while missing and surplus:
            ours = missing.pop()
            theirs = max(surplus, key=lambda line, ours=ours: _alike(line, ours))
            surplus.remove(theirs)
            wrong.append(f"{kind}: {_unlike(ours, theirs)}")
        wrong += [f"{kind}: missing: {line}" for line in missing] + [f"{kind}: too much: {line}" for line in surplus]
    then, now = expected.dues(), found.dues()
    wrong += [
        f"{name} falls due at {now[name]}, not {then[name]}"
        for name in then.keys() & now.keys()
        if abs(now[name] - then[name]) > SLACK
    ]
    return wrong


def _unlike(ours: str, theirs: str) -> str:
    same = max(_alike(ours, theirs) - 40, 0)
    end = _alike(ours[:same:-1], theirs[:same:-1])
    return f"{ours[:30]} … {ours[same : len(ours) - end]!r} became {theirs[same : len(theirs) - end]!r}"


def _alike(one: str, other: str) -> int:
    """Return the length of two lines' common beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
