"""The phones page's list of people: search, filter, order, and what an empty list shows."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.bodies import a_job_body
from tests.browser.phones import Phones

Agents = Callable[[int], list[dict[str, Any]]]


def names(phones: Phones) -> list[str]:
    return phones.page.locator("#roster b").all_inner_texts()


def show(phones: Phones, title: str) -> None:
    phones.page.locator("#filter").get_by_role("radio", name=title, exact=True).check()


def test_search_finds_names_numbers_and_the_people_of_a_code(phones: Phones, create_agents: Agents) -> None:
    create_agents(3)
    phones.desk.twilio.faults.set("+2348030000003", "off")  # has an offer, has read nothing
    first = phones.create_inspection(Name="Grace Hall", Phone="+2348050000091")
    phones.wait_for_message("Agent 02", first["code"])
    phones.desk.post("/api/agents/", {"name": "Late Comer", "phone": "+2348030000777", "status": "inactive"})
    second = phones.create_inspection(Name="Kofi Mensah", Phone="+2348050000092")
    phones.wait_for_message("Agent 02", second["code"])
    search = phones.page.get_by_role("searchbox", name="Search people")
    everyone = {"Agent 01", "Agent 02", "Agent 03", "Late Comer", "Grace Hall", "Kofi Mensah"}
    expect(phones.page.locator("#roster b")).to_have_count(len(everyone))
    of_the_first = everyone - {"Late Comer", "Kofi Mensah"}
    for words, found in (
        ("late", {"Late Comer"}),
        ("0803 000 0777", {"Late Comer"}),
        ("+234 (803) 000-0777", {"Late Comer"}),
        (first["code"].lower(), of_the_first),
        (f" {first['code'][:3]}", of_the_first),
    ):
        search.fill(words)
        expect(phones.page.locator("#roster b")).to_have_count(len(found))
        assert set(names(phones)) == found, words
    expect(phones.page.locator("#count")).to_have_text(f"4 phones of inspection {first['code']}")
    search.press("Enter")
    expect(phones.column("Timeline").locator(".head")).to_contain_text(first["code"])
    search.fill("nobody at all")
    empty = phones.page.locator("#roster .none")
    expect(empty).to_contain_text("Nobody matches “nobody at all”")
    empty.get_by_role("button", name="Show everyone").click()
    expect(phones.page.locator("#roster b")).to_have_count(len(everyone))
    for title, found in (
        ("Agents", {"Agent 01", "Agent 02", "Agent 03", "Late Comer"}),
        ("Clients", {"Grace Hall", "Kofi Mensah"}),
        (first["code"], of_the_first),
        ("All", everyone),
    ):
        show(phones, title)
        expect(phones.page.locator("#roster b")).to_have_count(len(found))
        assert set(names(phones)) == found, title
        expect(phones.page.locator("#wall .phone")).to_have_count(len(found))


def test_newest_message_comes_first_in_the_list_and_the_wall_keeps_its_order(
    phones: Phones, create_agents: Agents
) -> None:
    create_agents(3)
    expect(phones.phone("Agent 03")).to_be_visible()
    assert names(phones) == ["Agent 01", "Agent 02", "Agent 03"]
    for name in ("Agent 03", "Agent 02"):
        phones.write(name, "help")
        expect(phones.phone(name).locator(".theirs")).to_be_visible()  # the desk's answer
        expect(phones.page.locator("#roster b").first).to_have_text(name)
    assert names(phones) == ["Agent 02", "Agent 03", "Agent 01"]
    assert phones.page.locator("#wall h2").all_inner_texts() == ["Agent 01", "Agent 02", "Agent 03"]
    phones.chat("Agent 01").hover()
    phones.page.mouse.down()
    phones.desk.post("/api/jobs/", a_job_body())
    expect(phones.chat("Agent 01").locator(".unread")).to_have_text("1")
    shown = [name for name in names(phones) if name.startswith("Agent")]  # the job's client is new in the list
    assert shown == ["Agent 02", "Agent 03", "Agent 01"], "nobody moves under a pressed pointer"
    phones.page.mouse.up()
    expect(phones.chat("Agent 01")).to_have_attribute("aria-current", "true")


def test_empty_lists_name_what_to_do(phones: Phones) -> None:
    page = phones.page
    expect(page.get_by_role("button", name="Load sample data")).to_be_visible()
    expect(phones.column("Inspections")).to_contain_text("Press + Inspection")
    dialog = page.get_by_role("dialog")
    for title, why, button, opened in (
        ("Agents", "No agents yet", "New agent", "New agent"),
        ("Clients", "A client comes with an inspection", "New inspection", "New inspection"),
        ("Job", "No inspections yet", "New inspection", "New inspection"),
    ):
        show(phones, title)
        empty = page.locator("#roster .none")
        expect(empty).to_contain_text(why)
        empty.get_by_role("button", name=button).click()
        expect(dialog).to_have_attribute("aria-label", opened)
        dialog.get_by_role("button", name="Close").click()
    show(phones, "All")
    code = phones.create_inspection()["code"]
    expect(phones.column("Offers")).to_contain_text(f"Nobody has an offer of {code}")
    expect(phones.column("Offers")).to_contain_text("Add an agent")
    expect(phones.column("Messages")).to_contain_text(f"No messages about {code} yet")
    client = page.locator("#wall .phone")
    expect(client).to_have_count(1)
    assert "No messages yet" in client.locator(".log").evaluate("(log) => getComputedStyle(log, '::before').content")


def test_offers_begin_with_a_summary_and_the_winner(phones: Phones, create_agents: Agents) -> None:
    create_agents(5)
    expect(phones.phone("Agent 05")).to_be_visible()
    code = phones.create_inspection()["code"]
    phones.wait_for_message("Agent 05", code)
    offers, tally = phones.column("Offers"), phones.column("Offers").locator(".tally")
    expect(tally).to_have_text("5 open")
    phones.write("Agent 01", f"no {code}")
    expect(tally).to_have_text("4 open · 1 no")
    phones.write("Agent 04", f"yes {code}")
    expect(tally).to_have_text("1 no · 1 yes · 3 taken")
    winner = offers.locator("tbody tr").first
    expect(winner).to_contain_text("Agent 04")
    expect(winner).to_contain_text("won")
    phones.wait_for_message("Agent 04", "is yours!")
    phones.write("Agent 04", f"release {code}")
    expect(tally).to_have_text(re.compile(r"^Round 2: \d open$"))
    expect(offers.locator("tbody tr").first).to_contain_text("open")
