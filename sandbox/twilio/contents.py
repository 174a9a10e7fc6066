"""The Content templates of the pretend Twilio, each with its approval status."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.twilio import facts, templates
from sandbox.twilio.checking import RefusedError
from sandbox.twilio.ledger import new_sid, now


@dataclass
class Content:
    """One Content: its types as posted, the samples of its variables, and its approval status."""

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
        """The type that WhatsApp shows: the richest of those given."""
        return next(kind for kind in facts.CONTENT_TYPES if kind in self.types)

    @property
    def body(self) -> str:
        """The text, with unfilled variables."""
        return str(self.types[self.kind]["body"])

    @property
    def actions(self) -> list[dict[str, str]]:
        """The buttons as posted."""
        return list(self.types[self.kind].get("actions") or [])


class Contents:
    """All Contents since the start, oldest first; thread-safe.

    Meta approves a submitted Content after `approves_after` seconds. None: only `decide` approves it.
    """

    def __init__(self, approves_after: float | None = None) -> None:
        self.approves_after = approves_after
        self._lock = threading.RLock()
        self._by_sid: dict[str, Content] = {}

    def add(self, content: Content) -> None:
        """Store a Content."""
        with self._lock:
            self._by_sid[content.sid] = content

    def get(self, sid: str) -> Content | None:
        """Return the Content with this sid, its status up to date. Return None if there is none."""
        with self._lock:
            if content := self._by_sid.get(sid):
                self._approve_if_due(content)
            return content

    def all(self) -> list[Content]:
        """Return all Contents, their statuses up to date, oldest first."""
        with self._lock:
            return [content for sid in list(self._by_sid) if (content := self.get(sid))]

    def delete(self, sid: str) -> bool:
        """Delete a Content. Return whether it existed."""
        with self._lock:
            return self._by_sid.pop(sid, None) is not None

    def submit(self, content: Content, name: str, category: str) -> None:
        """Submit a Content for approval. Raises RefusedError if it was submitted before."""
        with self._lock:
            if content.status != "unsubmitted":
                raise RefusedError(20001, f"{content.sid} was already submitted for approval as {content.name}")
            content.name, content.category, content.status = name, category, "received"
            content.submitted_at = content.updated_at = now()

    def begin_review(self, content: Content) -> None:
        """Change a received Content to pending."""
        with self._lock:
            if content.status == "received":
                content.status = "pending"

    def decide(self, which: str, status: str, reason: str | None = None, category: str | None = None) -> list[Content]:
        """Set the approval status of a template, by sid, or by name in all its languages; return the changed Contents.

        A template that breaks Meta's rules is rejected instead of approved. Raises KeyError if there is no such
        template, ValueError if it was not submitted or the status is unknown.
        """
        if status not in facts.DECISIONS:
            raise ValueError(f"{status} is not one of {', '.join(facts.DECISIONS)}")
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

    def decide_waiting(self, status: str, reason: str | None = None, category: str | None = None) -> list[Content]:
        """Set the approval status of all templates that wait for a decision; return them.

        A template that breaks Meta's rules is rejected instead of approved. Raises ValueError if the status is unknown.
        """
        with self._lock:
            waiting = [content.sid for content in self.all() if content.status in ("received", "pending")]
            return [content for sid in waiting for content in self.decide(sid, status, reason, category)]

    def grow_older(self, by: timedelta) -> None:
        """Make all Contents older by this time."""
        with self._lock:
            for content in self._by_sid.values():
                content.created_at -= by
                content.updated_at -= by
                content.submitted_at = content.submitted_at and content.submitted_at - by

    def _approve_if_due(self, content: Content) -> None:
        submitted_at = content.status in ("received", "pending") and content.submitted_at
        if (
            submitted_at
            and self.approves_after is not None
            and now() - submitted_at >= timedelta(seconds=self.approves_after)
        ):
            _decide(content, "approved", None)


def _decide(content: Content, status: str, reason: str | None) -> None:
    broken = templates.broken_rule(content.body, content.actions, content.variables, content.language)
    if status == "approved" and broken:
        status, reason = "rejected", broken
    shown_reason = reason or "" if status != "rejected" else reason or "INVALID_FORMAT"
    content.status, content.rejection_reason, content.updated_at = status, shown_reason, now()
