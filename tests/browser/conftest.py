"""The phones page over a running desk, in Chromium."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.browser.phones import Phones
from tests.live.desk import LiveDesk

#: Milliseconds that `expect` waits; long, because the machine may be busy.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the system's Chromium, or Playwright's own."""
    return {"executable_path": chromium.path()}


@pytest.fixture
def context_args(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings of a test's browser window: `@pytest.mark.parametrize("context_args", …, indirect=True)`."""
    return getattr(request, "param", {})


@pytest.fixture
def browser_context_args(context_args: dict[str, Any]) -> dict[str, Any]:
    """A window at desktop width, light theme, Lagos time."""
    defaults = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "timezone_id": "Africa/Lagos"}
    return {**defaults, "locale": "en-GB", **context_args}


@pytest.fixture
def phones(page: Page, desk: LiveDesk) -> Iterator[Phones]:
    """The page, opened over an empty desk. An error in the page's scripts or console fails the test."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened = Phones(page, desk, errors)
    opened.open()
    yield opened
    assert errors == []


@pytest.fixture
def create_agents(desk: LiveDesk) -> Callable[[int], list[dict[str, Any]]]:
    """A function that creates a number of agents."""
    from_ = "+23480300"

    def create(count: int) -> list[dict[str, Any]]:
        bodies = [{"name": f"Agent {n:02}", "phone": f"{from_}{n:05}"} for n in range(1, count + 1)]
        return [desk.post("/api/agents/", body) for body in bodies]

    return create
