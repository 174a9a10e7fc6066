"""The phones page asks before an action that sends messages, and its form has an agent's language and zone."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.phones import Phones, assert_accessible

Agents = Callable[[int], list[dict[str, Any]]]


def test_cancel_release_and_move_ask_first_and_name_who_gets_a_message(phones: Phones, create_agents: Agents) -> None:
    create_agents(3)
    expect(phones.phone("Agent 03")).to_be_visible()
    job = phones.create_inspection(Name="Grace Hall")
    phones.wait_for_message("Agent 03", job["code"])
    act, dialog = (
        phones.column("Timeline").get_by_role("group", name="Platform actions"),
        phones.page.get_by_role("alertdialog"),
    )

    def asked(action: str, question: str, *who: str) -> None:
        act.get_by_role("button", name=action).click()
        expect(dialog).to_have_attribute("aria-label", question)
        expect(dialog.get_by_role("listitem")).to_have_text(list(who))
        expect(dialog.locator(".acts button").first).to_be_focused()

    asked("Move by one hour", f"Move inspection {job['code']} by one hour?", "3 agents, who get a new offer")
    phones.page.keyboard.press("Enter")  # the safe answer
    expect(dialog).to_have_count(0)
    phones.write("Agent 02", "yes")
    phones.wait_for_message("Agent 02", "is yours!")
    both = ("Agent 02, the agent", "Grace Hall, the client")
    asked("Move by one hour", f"Move inspection {job['code']} by one hour?", *both)
    phones.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    again = ("Agent 02, the agent", "2 agents, who get a new offer")
    asked("Release", f"Take inspection {job['code']} from Agent 02?", *again)
    assert_accessible(phones)
    dialog.get_by_role("button", name="Leave it").click()
    asked("Cancel", f"Cancel inspection {job['code']}?", *reversed(both))
    dialog.get_by_role("button", name="Keep it").click()
    shown = phones.desk.job(job["id"])
    assert (shown["status"], shown["inspection_time"]) == ("assigned", "14:00"), "nothing was done yet"
    act.get_by_role("button", name="Release").click()
    dialog.get_by_role("button", name="Release it").click()
    phones.wait_for_message("Agent 01", "Open again")
    expect(phones.column("Offers").locator(".tally")).to_have_text("Round 2: 2 open")
    asked("Cancel", f"Cancel inspection {job['code']}?", "Grace Hall, the client", "2 agents with an open offer")
    dialog.get_by_role("button", name="Cancel the inspection").click()
    phones.wait_for_message("Agent 01", "has been withdrawn")
    phones.wait_for_message("Grace Hall", "cancelled")


def test_new_agent_form_sends_language_and_zone_only_if_given(phones: Phones) -> None:
    for language, zone in (("", ""), ("fr", "Lekki")):
        phones.page.get_by_role("button", name="+ Agent").click()
        form = phones.page.get_by_role("dialog", name="New agent")
        form.get_by_label("Language").select_option(language)
        form.get_by_label("Zone").fill(zone)
        body = json.loads(form.locator("pre").inner_text().partition("-d '")[2].removesuffix("'"))
        assert {"language", "zone"} & set(body) == ({"language", "zone"} if language else set())
        name = form.get_by_label("Name").input_value()
        form.get_by_role("button", name="Create").click()
        expect(form).to_be_hidden()
        expect(phones.phone(name)).to_be_visible()
        (agent,) = [each for each in phones.desk.get("/api/agents/") if each["name"] == name]
        assert (agent["language"], agent["zone"]) == (language or None, zone or None)
    phones.create_inspection(Zone="Lekki")
    phones.wait_for_message(name, "Nouvelle inspection")
    assert phones.desk.get("/api/jobs/")[0]["property_details"]["zone"] == "Lekki"
