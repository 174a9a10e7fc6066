"""A client is told once, in the first message, how to stop."""

from typing import Any

import pytest

from sandbox.twilio import PretendTwilio
from sandbox.twilio.faults import FaultKind
from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import approved, assigned, pending

HOW = {
    "en": "To stop these messages, reply *STOP*.",
    "fr": "répondez *STOP*.",
    "pt": "responda *PARAR*.",
    "ar": "*إيقاف*.",
}


def is_approved(desk: StoryDesk, ada: Person, **changes: Any) -> Job:
    return approved(desk, ada, **changes)


def is_moved(desk: StoryDesk, ada: Person, **changes: Any) -> Job:
    job = assigned(desk, ada, **changes)
    desk.moves(job, "3d")
    return job


def is_cancelled(desk: StoryDesk, ada: Person, **changes: Any) -> Job:
    job = pending(desk, ada, **changes)
    desk.does("cancel", job)
    return job


def expires(desk: StoryDesk, ada: Person, **changes: Any) -> Job:
    job = pending(desk, ada, "1h", **changes)
    desk.wait_for(job, "expiry")
    return job


def writes_first(desk: StoryDesk, ada: Person, **changes: Any) -> Job:
    job = pending(desk, ada, **changes)
    desk.says(client_of(job), "hello?")
    return job


@pytest.mark.parametrize(
    ("way", "language"),
    [
        *((way, "en") for way in (is_approved, is_moved, is_cancelled, expires, writes_first)),
        *((is_approved, language) for language in HOW if language != "en"),
    ],
)
def test_first_message_to_a_client_ends_with_how_to_stop_and_no_other_does(
    desk: StoryDesk, ada: Person, way: Any, language: str
) -> None:
    same = {"client__client_id": "c1", "client__phone": "+2348012345670", "client__language": language}
    client = client_of(way(desk, ada, **same))
    approved(desk, ada, "5d", **same)
    first, *more = desk.texts(client)
    assert first.endswith(HOW[language])
    assert more
    assert not [text for text in more if HOW[language] in text]


def test_message_that_did_not_arrive_is_not_the_first(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    job = assigned(desk, ada)
    client = client_of(job)
    twilio.faults.set(client.phone, FaultKind.REFUSED, code=63005, count=1)
    desk.says(ada, "CONFIRM")
    assert desk.told(client) == []
    desk.does("cancel", job)
    assert desk.told(client) == ["cancelled_client"]
    assert desk.last(client).endswith(HOW["en"])


def test_agents_and_strangers_are_not_told(desk: StoryDesk, ada: Person) -> None:
    assigned(desk, ada)
    stranger = Person("Zed", "+2348099990000")
    desk.says(stranger, "hello")
    assert not [text for text in desk.texts(ada) + desk.texts(stranger) if HOW["en"] in text]
