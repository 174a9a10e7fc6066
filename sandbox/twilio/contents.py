"""The Content templates that the pretend Twilio knows, each with what Meta says of it."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.twilio import facts, templates
from sandbox.twilio.checking import RefusedError
from sandbox.twilio.ledger import new_sid, now


@dataclass
class Content:
    """One Content: its types as they were posted, its samples, and how its request for approval stands."""

    language: str
    types: dict[str, Any]
    variables: dict[str, str] = field(default_factory=dict)
    friendly_name: str = ""
    sid: str = field(default_factory=lambda: new_sid("HX"))
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    submitted_at: datetime | None = None
    name: str = ""
    category: str = ""
    status: str = "unsubmitted"
    rejection_reason: str = ""

    @property
    def kind(self) -> str:
        """The type that WhatsApp shows: of several the richest."""
        return next(kind for kind in facts.CONTENT_TYPES if kind in self.types)

    @property
    def body(self) -> str:
        """The text, with its variables."""
        return str(self.types[self.kind]["body"])

    @property
    def actions(self) -> list[dict[str, str]]:
        """The buttons as they were posted."""
        return list(self.types[self.kind].get("actions") or [])


class Contents:
    """Every Content since the start, oldest first, safe to use from many threads.

    Meta approves what was submitted `approves_after` so many seconds; None: somebody decides.
    """

    def __init__(self, approves_after: float | None = None) -> None:
        self.approves_after = approves_after
        self._lock = threading.RLock()
        self._by_sid: dict[str, Content] = {}

    def add(self, content: Content) -> None:
        """Keep a Content."""
        with self._lock:
            self._by_sid[content.sid] = content

    def get(self, sid: str) -> Content | None:
        """Return the Content with this sid as it stands now."""
        with self._lock:
            if content := self._by_sid.get(sid):
                self._let_time_decide(content)
            return content

    def all(self) -> list[Content]:
        """Return every Content as it stands now, oldest first."""
        with self._lock:
            return [content for sid in list(self._by_sid) if (content := self.get(sid))]

    def delete(self, sid: str) -> bool:
        """Forget a Content; tell whether there was one."""
        with self._lock:
            return self._by_sid.pop(sid, None) is not None

    def submit(self, content: Content, name: str, category: str) -> None:
        """Ask Meta for a Content's approval, once."""
        with self._lock:
            if content.status != "unsubmitted":
                raise RefusedError(20001, f"{content.sid} was submitted for approval before, as {content.name}")
            content.name, content.category, content.status = name, category, "received"
            content.submitted_at = content.updated_at = now()

    def begin_review(self, content: Content) -> None:
        """Let Meta look at what it received."""
        with self._lock:
            if content.status == "received":
                content.status = "pending"

    def decide(self, which: str, status: str, reason: str | None = None, category: str | None = None) -> list[Content]:
        """Let Meta say something of a template, by sid or (in each of its languages) by name; return what it was.

        What breaks the rules of templates is rejected instead of approved. Raises KeyError when there is no such
        template, ValueError when it was not submitted or there is no such status.
        """
        if status not in facts.DECISIONS:
            raise ValueError(f"{status} is none of {', '.join(facts.DECISIONS)}")
        with self._lock:
            found = [content for content in self.all() if which in (content.sid, content.name)]
            if not found:
                raise KeyError(which)
            for content in found:
                if content.status == "unsubmitted":
                    raise ValueError(f"{content.sid} was not submitted for approval")
            for content in found:
                content.category = category or content.category
                _decide(content, status, reason)
            return found

    def grow_older(self, by: timedelta) -> None:
        """Let every Content be so much older."""
        with self._lock:
            for content in self._by_sid.values():
                content.created_at -= by
                content.updated_at -= by
                content.submitted_at = content.submitted_at and content.submitted_at - by

    def _let_time_decide(self, content: Content) -> None:
        waits = content.status in ("received", "pending") and content.submitted_at
        if waits and self.approves_after is not None and now() - waits >= timedelta(seconds=self.approves_after):
            _decide(content, "approved", None)


def _decide(content: Content, status: str, reason: str | None) -> None:
    broken = templates.broken_rule(content.body, content.actions, content.variables, content.language)
    if status == "approved" and broken:
        status, reason = "rejected", broken
    said = reason or "" if status != "rejected" else reason or "INVALID_FORMAT"
    content.status, content.rejection_reason, content.updated_at = status, said, now()
