"""The order of a person's messages: how long an unfinished message holds up the later ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

#: A message without an attempt holds up later ones for this long: workers attempt it as soon as they can.
UNTRIED = timedelta(minutes=10)


def holds_up_until(
    created_at: datetime, attempts: Sequence[Mapping[str, Any]], later_at: datetime, patience: timedelta
) -> datetime:
    """Return until when an unfinished message holds up a message that was written at `later_at`.

    A message whose attempts fail holds up each later one for `patience` in total: a reminder must not be late for the
    sake of order.
    """
    return min(attempts[0]["started_at"], later_at) + patience if attempts else created_at + UNTRIED
