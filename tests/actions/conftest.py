"""Actions speak to the pretend Twilio; Ada and Bisi are the agents."""

from collections.abc import Iterator

import pytest

from dispatch import stores
from dispatch.models import Agent
from tests.builders import an_agent
from tests.conftest import Servers
from tests.faults.interleaving import Intruder
from tests.pretending import pretend_twilio, twilio

__all__ = ["pretend_twilio", "twilio"]


@pytest.fixture
def ada(stores_clean: Servers) -> Agent:
    """An active agent."""
    return an_agent(name="Ada")


@pytest.fixture
def bisi(stores_clean: Servers) -> Agent:
    """Another one."""
    return an_agent(name="Bisi")


@pytest.fixture
def intruder() -> Iterator[Intruder]:
    """Lets something else happen in the midst of a piece of work."""
    listener = Intruder()
    stores.connect(listeners=[listener])
    yield listener
    stores.connect()
