"""The desk's clock, which a story turns on: all of the product asks `record.utc_now`, and that asks here."""

from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from dispatch.models.base import record


class Clock:
    """The present moment, and how far it is `ahead` of the real one; MongoDB's clock, which stamps arrivals, stays."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the moment that it is for the desk."""
        moment = datetime.now(UTC) + self.ahead
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def turn_to(self, moment: datetime) -> None:
        """Let it be that moment, unless it is later already."""
        self.ahead = max(self.ahead, moment - datetime.now(UTC))

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be the clock of the whole product; whoever compares with an arrival sees time pass, too."""
        clock = self

        class Now(datetime):
            """A datetime whose `now` is the desk's."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + clock.ahead

        monkeypatch.setattr(record, "datetime", Now)
        monkeypatch.setattr("workers.assignment.server_now", self.now)
