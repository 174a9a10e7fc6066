"""The phones page follows the demo: it moves to whoever acts, unless the user is busy."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.phones import NARROW, Phones

Agents = Callable[[int], list[dict[str, Any]]]


@pytest.fixture
def narrate(phones: Phones) -> Callable[..., None]:
    """A function that shows a caption, as the demo does."""

    def show(text: str, **where: str) -> None:
        answer = requests.put(f"{phones.desk.twilio.base_url}/sandbox/caption", json={"text": text, **where}, timeout=5)
        assert answer.status_code == 204
        expect(phones.page.locator("#caption")).to_contain_text(text)

    return show


@pytest.fixture(autouse=True)
def no_caption_afterwards(phones: Phones) -> Any:
    """Other tests use the same pretend Twilio."""
    yield
    requests.put(f"{phones.desk.twilio.base_url}/sandbox/caption", json={"text": ""}, timeout=5)


def test_page_moves_to_whoever_acts_unless_the_user_is_busy(
    phones: Phones, create_agents: Agents, narrate: Callable[..., None]
) -> None:
    create_agents(12)
    expect(phones.phone("Agent 12")).to_be_attached()
    jobs = [phones.create_inspection() for _ in range(2)]
    phones.page.reload()  # the user has touched nothing
    expect(phones.page.locator("body.ready")).to_be_attached()
    expect(phones.phone("Agent 12")).not_to_be_in_viewport()
    narrate("The last agent answers", phone="+2348030000012", job=jobs[0]["id"])
    expect(phones.phone("Agent 12")).to_be_in_viewport(ratio=0.9)
    expect(phones.page.locator("#caption")).to_contain_text("look at Agent 12")
    expect(phones.column("Timeline").locator(".head")).to_contain_text(jobs[0]["code"])
    expect(phones.chat("Agent 12")).to_have_attribute("aria-current", "true")
    assert phones.page.evaluate("document.activeElement === document.body"), "the focus stays"
    phones.page.get_by_role("button", name="+ Agent").click()
    narrate("The first agent answers", phone="+2348030000001")
    with phones.page.expect_response("**/desk/queues"):  # another round of the page
        pass
    expect(phones.chat("Agent 12")).to_have_attribute("aria-current", "true")
    phones.page.keyboard.press("Escape")
    expect(phones.chat("Agent 01")).to_have_attribute("aria-current", "true")  # after five quiet seconds


@pytest.mark.parametrize("context_args", [pytest.param(NARROW, id="390 pixels")], indirect=True)
def test_narrow_page_opens_the_phone_of_whoever_acts(
    phones: Phones, create_agents: Agents, narrate: Callable[..., None]
) -> None:
    create_agents(2)
    expect(phones.chat("Agent 02")).to_be_visible()
    narrate("Ben has just joined", phone="+2348030000777")  # not known yet
    phones.desk.post("/api/agents/", {"name": "Ben Ade", "phone": "+2348030000777"})
    expect(phones.phone("Ben Ade")).to_be_visible()
    expect(phones.page.locator("#caption")).to_contain_text("look at Ben Ade")
