"""The office of operations: a chat service that takes alarms as JSON, and may be out of order."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, request

from dispatch import ops_webhook
from tests.serving import serving
from tests.settings import changed


class Office:
    """The alarms that arrived. `statuses` are its next answers (default 200), each given after `seconds`."""

    def __init__(self) -> None:
        self.alarms: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.seconds = 0.0
        self.app = Flask("office", static_folder=None)
        self.app.add_url_rule("/alarms", view_func=self._take, methods=["POST"])

    def _take(self) -> tuple[str, int]:
        self.alarms.append(request.get_json())
        time.sleep(self.seconds)
        return "", self.statuses.pop(0) if self.statuses else 200

    def reasons(self) -> list[str]:
        """Return the reason of each alarm about a job that needs attention."""
        return [alarm["reason"] for alarm in self.alarms if "reason" in alarm]


@contextmanager
def an_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Open an office behind OPS_WEBHOOK_URL."""
    office = Office()
    with serving(office.app) as url:
        monkeypatch.setattr(ops_webhook, "settings", lambda: changed(operations={"webhook_url": f"{url}/alarms"}))
        yield office
