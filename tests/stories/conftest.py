"""Fixtures of the stories: each has a desk of its own, the agents Ada and Bisi, and an office of operations."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dispatch.actions.operations import law_check
from dispatch.channels.whatsapp import signature
from dispatch.models import DOCUMENTS, Message
from dispatch.rules.outbox.states import LOST
from sandbox.twilio import PretendTwilio
from tests import oracle
from tests.builders import an_agent
from tests.office import Office, an_office
from tests.serving import serving
from tests.settings import changed
from tests.stories.clock import Clock
from tests.stories.desk import StoryDesk
from tests.stories.people import Person


@pytest.fixture(scope="session")
def web(app: Flask) -> Iterator[str]:
    """The app, served at an address of its own for Twilio's webhooks."""
    with serving(app) as url:
        yield url


@pytest.fixture
def desk(web: str, api: FlaskClient, twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoryDesk]:
    """The whole desk, empty. At the end of a story nobody has been sent anything twice."""
    clock = Clock()
    clock.rule(monkeypatch)
    twilio.inbound_url = f"{web}/api/webhooks/twilio/whatsapp"
    monkeypatch.setattr(signature, "settings", lambda: changed(web={"public_base_url": web}))
    desk = StoryDesk(api, twilio, clock)
    yield desk
    # Real time passes during the work and the check: work that becomes due only then is not overdue.
    ended_at = clock.now()
    desk.work()
    assert Message.objects(unhandled=True).count() == 0
    # A story may end with an overdue timer that waits for a reply to be settled.
    broken = law_check.check(timedelta(), days=30, now=lambda: ended_at).offences
    assert [each for each in broken if each.law != "timer-overdue"] == []
    assert oracle.offences(oracle.Record()) == []
    without = {"schema_version": {"$exists": False}}
    assert [document for document in DOCUMENTS if document.collection().find_one(without)] == []
    lost = {attempt["sid"] for message in Message.objects for attempt in message.attempts or () if _is_lost(attempt)}
    arrived = [each for each in twilio.outbox if each.status_callback and each.sid not in lost]
    times = Counter(each.status_callback.partition("&")[0] for each in arrived)
    assert [message for message, count in times.items() if count > 1] == []


def _is_lost(attempt: dict[str, Any]) -> bool:
    """Return whether Twilio accepted this and reported that it did not arrive."""
    return "sid" in attempt and attempt["state"] in LOST


@pytest.fixture
def ada(desk: StoryDesk) -> Person:
    """Ada, an agent who joined a while ago."""
    return known("Ada")


@pytest.fixture
def bisi(desk: StoryDesk) -> Person:
    """Bisi, another agent."""
    return known("Bisi")


@pytest.fixture
def office(desk: StoryDesk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The people of operations, behind OPS_WEBHOOK_URL."""
    with an_office(monkeypatch) as office:
        yield office


def known(name: str) -> Person:
    """Return an active agent, saved as the API would save them."""
    agent = an_agent(name=name)
    return Person(name, agent.phone, str(agent.id))
