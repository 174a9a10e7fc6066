"""The desk's clock, which a story moves forward: `record.utc_now`, and so all of the product, reads this clock."""

from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from dispatch.models.base import record


class Clock:
    """A clock that is `ahead` of the real one. MongoDB's clock, which stamps arrivals, is not changed."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the desk's present moment."""
        moment = datetime.now(UTC) + self.ahead
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def turn_to(self, moment: datetime) -> None:
        """Set the clock to that moment, unless it is later already."""
        self.ahead = max(self.ahead, moment - datetime.now(UTC))

    def set_to(self, moment: datetime) -> None:
        """Set the clock to that moment, also back."""
        self.ahead = moment - datetime.now(UTC)

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the clock of the whole product, comparisons with arrivals included."""
        clock = self

        class Now(datetime):
            """A datetime whose `now` is the desk's time."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + clock.ahead

        monkeypatch.setattr(record, "datetime", Now)
        monkeypatch.setattr("workers.assignment.server_now", self.now)
