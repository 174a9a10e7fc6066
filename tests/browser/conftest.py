"""The phones page over a running desk, in Chromium."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.browser.phones import Phones
from tests.live.desk import LiveDesk

#: Milliseconds to wait for what is expected: a machine may be busy.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the Chromium that there is."""
    return {"executable_path": chromium.path()}


@pytest.fixture
def context_args(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a test asks of its browser window: `@pytest.mark.parametrize("context_args", …, indirect=True)`."""
    return getattr(request, "param", {})


@pytest.fixture
def browser_context_args(context_args: dict[str, Any]) -> dict[str, Any]:
    """A window at desktop width, in light, with Lagos's clocks."""
    defaults = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "timezone_id": "Africa/Lagos"}
    return {**defaults, "locale": "en-GB", **context_args}


@pytest.fixture
def phones(page: Page, desk: LiveDesk) -> Iterator[Phones]:
    """The page, open over an empty desk; whatever its scripts complain of fails the test."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened = Phones(page, desk, complaints)
    opened.open()
    yield opened
    assert complaints == []


@pytest.fixture
def some_agents(desk: LiveDesk) -> Callable[[int], list[dict[str, Any]]]:
    """Take on so many agents."""
    from_ = "+23480300"

    def take_on(count: int) -> list[dict[str, Any]]:
        bodies = [{"name": f"Agent {n:02}", "phone": f"{from_}{n:05}"} for n in range(1, count + 1)]
        return [desk.post("/api/agents/", body) for body in bodies]

    return take_on
