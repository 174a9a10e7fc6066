"""Bookings of a client who has booked before."""

from tests.stories.desk import StoryDesk
from tests.stories.people import Job

SAME = {"client__client_id": "client of Ada's"}


def another(desk: StoryDesk, starts_in: str = "4d", **changes: object) -> Job:
    """Request another inspection for the client whom Ada has a visit with."""
    return desk.asks(starts_in, **SAME, **changes)
