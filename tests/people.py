"""Fixtures: the agents Ada and Bisi, and an intruder that changes data between two steps of an action."""

from collections.abc import Iterator

import pytest

from dispatch import stores
from dispatch.models import Agent
from tests.builders import an_agent
from tests.faults.interleaving import Intruder


@pytest.fixture
def ada(stores_clean: object) -> Agent:
    """An active agent."""
    return an_agent(name="Ada")


@pytest.fixture
def bisi(stores_clean: object) -> Agent:
    """Another one."""
    return an_agent(name="Bisi")


@pytest.fixture
def intruder() -> Iterator[Intruder]:
    """Lets something else happen in the midst of a piece of work."""
    listener = Intruder()
    stores.connect(listeners=[listener])
    yield listener
    stores.connect()
