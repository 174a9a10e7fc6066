"""The phones page by keyboard alone: a skip link, one tab stop a list, arrow keys inside."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from tests.bodies import a_job_body
from tests.browser.phones import Phones

Agents = Callable[[int], list[dict[str, Any]]]


def tab_stops_until(phones: Phones, selector: str, most: int) -> None:
    """Press Tab until the focus is inside of such an element. Fail if it takes more than `most` stops."""
    for _ in range(most):
        phones.page.keyboard.press("Tab")
        if phones.page.evaluate("(selector) => Boolean(document.activeElement.closest(selector))", selector):
            return
    raise AssertionError(f"{selector} is not reached with {most} stops")


def press(phones: Phones, *keys: str) -> None:
    for key in keys:
        phones.page.keyboard.press(key)


def test_inspections_are_reached_with_few_tab_stops_among_fifty_phones(phones: Phones, create_agents: Agents) -> None:
    create_agents(50)
    code = phones.create_inspection()["code"]
    phones.wait_for_message("Agent 50", code)
    job = phones.column("Inspections").get_by_role("button", name=code)
    phones.page.reload()
    expect(phones.page.locator("body.ready .bubble").first).to_be_visible()
    press(phones, "b", "Tab", "Enter")  # the skip link, which shows the hidden panel
    expect(job).to_be_focused()
    tab_stops_until(phones, "#skip", 12)  # the rest of the page
    tab_stops_until(phones, ".jobs", 20)
    expect(job).to_be_focused()


def test_arrow_keys_move_inside_a_list_and_the_focus_survives_redraws(phones: Phones, create_agents: Agents) -> None:
    create_agents(3)
    codes = [phones.create_inspection()["code"] for _ in range(2)]
    for name in ("Agent 01", "Agent 02", "Agent 03"):
        phones.wait_for_message(name, codes[1])
    press(phones, "Escape")
    tab_stops_until(phones, "#roster", 12)
    press(phones, "Home")
    rows = phones.page.locator("#roster [data-phone]")
    expect(rows.first).to_be_focused()
    press(phones, "ArrowDown", "ArrowDown", "ArrowUp")
    expect(rows.nth(1)).to_be_focused()
    press(phones, "End")
    expect(rows.last).to_be_focused()
    phones.chat("Agent 02").focus()
    press(phones, "Enter")
    expect(phones.phone("Agent 02").get_by_role("textbox", name="Write a message")).to_be_focused()
    press(phones, "Shift+Tab")  # from the message box to the newest message
    expect(_last_button(phones, f"NO {codes[1]}")).to_be_focused()
    press(phones, "ArrowUp")
    expect(_last_button(phones, f"YES {codes[1]}")).to_be_focused()
    press(phones, "Enter")
    phones.wait_for_message("Agent 02", "is yours!")
    phones.page.locator("#skip").focus()
    press(phones, "Enter", "End")
    last = phones.column("Inspections").locator(".job").last
    expect(last).to_be_focused()
    code = last.locator("b").inner_text()  # jobs of the same second may be listed in either order
    press(phones, "Enter")
    expect(phones.column("Timeline").locator(".head")).to_contain_text(code)
    phones.desk.post("/api/jobs/", a_job_body())
    expect(phones.column("Inspections").locator(".job")).to_have_count(3)
    expect(phones.column("Inspections").get_by_role("button", name=code)).to_be_focused()


def _last_button(phones: Phones, title: str) -> Locator:
    return phones.phone("Agent 02").get_by_role("button", name=title).last
