"""Actions speak to the pretend Twilio; Ada and Bisi are the agents."""

import pytest

from dispatch.models import Agent
from tests.builders import an_agent
from tests.conftest import Servers
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
