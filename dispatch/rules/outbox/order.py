"""The order in which a person's messages go out: how long one that is not through holds up those caused after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

#: What nobody has tried holds up the later ones so long: it is tried as soon as workers get to it.
UNTRIED = timedelta(minutes=10)


def holds_up_until(
    created_at: datetime, attempts: Sequence[Mapping[str, Any]], later_at: datetime, patience: timedelta
) -> datetime:
    """Return until when a message that is not through holds up one that was written at `later_at`.

    What has trouble holds up the next for `patience`, and each of those that wait for no longer altogether: a reminder
    must not be late for the sake of order.
    """
    return min(attempts[0]["started_at"], later_at) + patience if attempts else created_at + UNTRIED
