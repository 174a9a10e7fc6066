"""The order in which a person's messages go out: how long one that is not through holds up those caused after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

#: So long after it was last tried: by then it is known whether Twilio took it, or Twilio is in trouble.
AFTER_A_TRY = timedelta(minutes=2)
#: So long in all, since it was first tried, or written where nobody has tried it: what is stuck must not stop the rest.
IN_ALL = timedelta(minutes=10)


def holds_up_until(created_at: datetime, attempts: Sequence[Mapping[str, Any]]) -> datetime:
    """Return until when a message that is not through holds up the later ones to the same person on the same lane."""
    if not attempts:
        return created_at + IN_ALL
    first, last = attempts[0]["started_at"], attempts[-1]["started_at"]
    return min(last + AFTER_A_TRY, first + IN_ALL)
