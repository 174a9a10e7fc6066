"""The phones page: forms, phones, activity panel, keyboard, accessibility."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bodies import a_job_body
from tests.browser.phones import NARROW, Phones, assert_accessible

Agents = Callable[[int], list[dict[str, Any]]]


def test_sample_data_two_yes_and_a_confirm_lead_to_an_approved_job(phones: Phones) -> None:
    """README's first minute: load sample data, reply YES on two phones, CONFIRM on the winner's."""
    phones.page.get_by_role("button", name="Load sample data").click()
    for name in ("Ada Obi", "Bisi Ade", "Chidi Eze"):
        phones.wait_for_message(name, "New inspection")
    job = phones.desk.get("/api/jobs/")[0]
    phones.phone("Bisi Ade").get_by_role("button", name=f"YES {job['code']}").click()
    phones.wait_for_message("Bisi Ade", "is yours!")
    phones.write("Ada Obi", "Yes please!")
    phones.wait_for_message("Ada Obi", "has gone to another agent")
    phones.wait_for_message("Chidi Eze", "has gone to another agent")
    phones.phone("Bisi Ade").get_by_role("button", name=f"CONFIRM {job['code']}").last.click()
    phones.wait_for_message("John Doe", "Bisi Ade")
    expect(phones.column("Timeline").locator("[aria-current=step]")).to_have_text("approved")
    assert phones.desk.wait_for_status(job["id"], "approved")["assigned_agent"] == "+2348030100002"


def test_form_posts_the_same_body_as_its_curl_command(phones: Phones, create_agents: Agents) -> None:
    create_agents(1)
    phones.page.get_by_role("button", name="+ Inspection").click()
    form = phones.page.get_by_role("dialog", name="New inspection")
    form.get_by_label("Address", exact=True).fill("4 Zoë's Close")
    shown = form.locator("pre").inner_text()
    assert f"{phones.desk.base}/api/jobs/" in shown
    body = json.loads(shown.partition("-d '")[2].removesuffix("'").replace("'\\''", "'"))
    form.get_by_role("button", name="Create").click()
    expect(form).to_be_hidden()
    job = phones.desk.get("/api/jobs/")[0]
    assert (job["property_details"], job["client_details"]) == (body["property"], body["client"])
    assert job["property_details"]["address"] == "4 Zoë's Close"
    phones.wait_for_message("Agent 01", "Where: 4 Zoë's Close")


def test_invalid_field_shows_its_error_and_can_be_corrected(phones: Phones) -> None:
    phones.page.get_by_role("button", name="+ Agent").click()
    form = phones.page.get_by_role("dialog", name="New agent")
    form.get_by_label("Phone").fill("12")
    form.get_by_role("button", name="Create").click()
    expect(form.locator("[data-of=phone]")).not_to_be_empty()
    form.get_by_label("Phone").fill("0803 000 0009")
    form.get_by_role("button", name="Create").click()
    expect(form).to_be_hidden()
    expect(phones.phone("Ada Obi")).to_contain_text("+2348030000009")
    phones.errors.clear()  # Chromium logs the refused request


def test_phone_that_was_off_gets_its_messages_when_switched_on(phones: Phones, create_agents: Agents) -> None:
    create_agents(2)
    expect(phones.phone("Agent 02").locator(".bubble")).to_have_count(0)
    phones.simulate("Agent 02", "Phone is off")
    job = phones.create_inspection()
    phones.wait_for_message("Agent 01", job["code"])
    expect(phones.phone("Agent 02")).to_contain_text("1 on the way")
    expect(phones.phone("Agent 02").locator(".bubble")).to_have_count(0)
    phones.simulate("Agent 02", "Phone is off", on=False)
    phones.wait_for_message("Agent 02", job["code"])


def test_message_to_a_phone_that_blocked_us_stays_sent_and_why_explains_it(
    phones: Phones, create_agents: Agents
) -> None:
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.simulate("Agent 01", "Has blocked us")
    phones.create_inspection()
    expect(phones.column("Messages").locator(".chip.sent")).to_be_visible()
    phones.column("Offers").get_by_role("button", name="Why: Agent 01").click()
    answer = phones.page.get_by_role("dialog").locator(".answer")
    expect(answer).to_contain_text("sent")
    expect(answer).to_contain_text("not delivered")


def test_failed_message_shows_its_error_code_on_the_phone_and_in_the_details(
    phones: Phones, create_agents: Agents
) -> None:
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.simulate("Agent 01", "Fails with code")
    phones.create_inspection()
    lost = phones.phone("Agent 01").locator(".bubble.lost")
    expect(lost).to_contain_text("63016")
    lost.get_by_role("button", name="Message details").click()
    record = phones.page.get_by_role("dialog", name="Message details")
    expect(record.locator("tbody tr")).to_contain_text("failed")
    expect(record.locator("tbody tr")).to_contain_text("63016")


def test_reply_with_a_quote_answers_the_quoted_offer(phones: Phones, create_agents: Agents) -> None:
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    first, second = phones.create_inspection(), phones.create_inspection()
    phones.wait_for_message("Agent 01", second["code"])
    bubble = phones.wait_for_message("Agent 01", first["code"])
    bubble.hover()
    bubble.get_by_role("button", name="Quote this message").click()
    phones.write("Agent 01", "yes")
    assert phones.desk.wait_for_status(first["id"], "assigned")["assigned_agent"]
    assert phones.desk.job(second["id"])["status"] == "pending"
    expect(phones.phone("Agent 01").locator(".mine blockquote")).to_contain_text("New inspection")


def test_activity_panel_shows_offers_timeline_timers_and_queues(phones: Phones, create_agents: Agents) -> None:
    create_agents(2)
    expect(phones.phone("Agent 02")).to_be_visible()
    job = phones.create_inspection()
    expect(phones.column("Offers").locator(".chip.open")).to_have_count(2)
    expect(phones.column("Scheduled")).to_contain_text("expiry")
    phones.phone("Agent 01").get_by_role("button", name=f"YES {job['code']}").click()
    expect(phones.column("Offers").locator(".chip.won")).to_have_count(1)
    expect(phones.column("Offers").locator(".chip.taken")).to_have_count(1)
    expect(phones.column("Timeline").locator(".timeline")).to_contain_text("assigned")
    expect(phones.column("Scheduled").locator(".timers")).to_contain_text("nudge")
    expect(phones.column("Scheduled").locator(".queues")).to_contain_text("broadcasting")
    phones.page.get_by_role("button", name="Cancel").click()
    phones.page.get_by_role("button", name="Cancel the inspection").click()
    phones.wait_for_message("Agent 01", "has been cancelled")


def test_search_and_unread_marks_with_fifty_phones(phones: Phones, create_agents: Agents) -> None:
    create_agents(50)
    expect(phones.page.locator(".phone")).to_have_count(50)
    job = phones.create_inspection()
    phones.wait_for_message("Agent 50", job["code"])
    expect(phones.chat("Agent 50").locator(".unread")).to_have_text("1")
    phones.page.keyboard.press("/")
    phones.page.keyboard.type("agent 4")
    expect(phones.page.locator(".phone")).to_have_count(10)
    expect(phones.page.locator("#count")).to_have_text("10 phones")
    phones.chat("Agent 42").click()
    expect(phones.chat("Agent 42").locator(".unread")).to_have_count(0)
    phones.page.keyboard.type(f"yes {job['code']}\n")
    phones.wait_for_message("Agent 42", "is yours!")


def test_page_can_be_used_by_keyboard_alone(phones: Phones) -> None:
    for name in ("Ada Obi", "Bisi Ade"):
        phones.page.keyboard.press("a")
        phones.page.keyboard.press("Enter")
        expect(phones.phone(name)).to_be_visible()
    phones.page.keyboard.press("i")
    phones.page.keyboard.press("Enter")
    phones.wait_for_message("Ada Obi", "New inspection")
    phones.page.keyboard.press("]")
    phones.page.keyboard.type("yes\n")
    phones.wait_for_message("Bisi Ade", "is yours!")
    phones.page.keyboard.press("Escape")
    phones.page.keyboard.press("b")
    expect(phones.page.locator("#activity")).to_be_hidden()
    phones.page.keyboard.press("?")
    expect(phones.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


@pytest.mark.parametrize("context_args", [pytest.param(NARROW, id="390 pixels")], indirect=True)
def test_narrow_window_shows_one_view_at_a_time(phones: Phones) -> None:
    phones.page.get_by_role("button", name="Load sample data").click()
    phones.chat("Ada Obi").click()
    phones.wait_for_message("Ada Obi", "New inspection")
    expect(phones.page.locator("#people")).to_be_hidden()
    expect(phones.phone("Bisi Ade")).to_be_hidden()
    phones.write("Ada Obi", "yes")
    phones.wait_for_message("Ada Obi", "is yours!")
    phones.page.get_by_role("button", name="Activity").click()
    expect(phones.column("Offers").locator(".chip.won")).to_be_visible()
    wide = phones.page.evaluate("document.documentElement.scrollWidth")
    assert wide == 390


@pytest.mark.parametrize(
    "context_args",
    [
        pytest.param({}, id="light"),
        pytest.param({"color_scheme": "dark"}, id="dark"),
        pytest.param(NARROW, id="narrow"),
        pytest.param({**NARROW, "color_scheme": "dark"}, id="narrow and dark"),
    ],
    indirect=True,
)
def test_page_violates_no_accessibility_rule(phones: Phones) -> None:
    """axe checks phones, activity panel and an open form."""
    phones.page.get_by_role("button", name="Load sample data").click()
    phones.chat("Ada Obi").click()
    phones.wait_for_message("Ada Obi", "New inspection")
    phones.write("Ada Obi", "yes")
    phones.wait_for_message("Ada Obi", "is yours!")
    assert_accessible(phones)
    if phones.page.viewport_size["width"] < 760:
        phones.page.get_by_role("button", name="Activity").click()
        assert_accessible(phones)
    phones.page.get_by_role("button", name="+ Inspection").click()
    assert_accessible(phones)


def test_open_page_follows_after_messages_are_cleared(phones: Phones, create_agents: Agents) -> None:
    """The pretend Twilio forgets all messages; the page shows new ones without a reload."""
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    job = phones.create_inspection()
    phones.wait_for_message("Agent 01", job["code"])
    phones.desk.twilio.clear()
    expect(phones.phone("Agent 01").locator(".bubble")).to_have_count(0)
    phones.write("Agent 01", f"yes {job['code']}")
    phones.wait_for_message("Agent 01", "is yours!")


def test_message_that_did_not_reach_the_desk_can_be_delivered_again(phones: Phones, create_agents: Agents) -> None:
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    job = phones.create_inspection()
    phones.wait_for_message("Agent 01", job["code"])
    there, phones.desk.twilio.inbound_url = phones.desk.twilio.inbound_url, "http://127.0.0.1:9/"
    phones.write("Agent 01", "yes")
    again = phones.phone("Agent 01").get_by_role("button", name="! Retry")
    expect(again).to_be_visible()
    phones.desk.twilio.inbound_url = there
    again.click()
    phones.wait_for_message("Agent 01", "is yours!")
    expect(again).to_be_hidden()


def test_open_page_follows_and_keeps_typed_text_when_the_pretend_twilio_restarts(
    phones: Phones, create_agents: Agents
) -> None:
    """A new process numbers its messages from the start."""
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.wait_for_message("Agent 01", phones.create_inspection()["code"])
    phones.phone("Agent 01").get_by_role("textbox", name="Write a message").fill("half a th")
    phones.desk.restart_twilio()
    expect(phones.page.get_by_text("live", exact=True)).to_be_visible(timeout=15_000)
    phones.wait_for_message("Agent 01", phones.create_inspection()["code"])
    expect(phones.phone("Agent 01").get_by_role("textbox", name="Write a message")).to_have_value("half a th")
    phones.errors.clear()  # Chromium logs the broken stream


def test_phone_keeps_its_scroll_position_when_agents_are_added_or_filtered(
    phones: Phones, create_agents: Agents
) -> None:
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    for _ in range(3):
        last = phones.create_inspection()
    phones.wait_for_message("Agent 01", last["code"])
    log = phones.phone("Agent 01").locator(".log")
    log.evaluate("(log) => { log.scrollTop = 40; }")
    phones.desk.post("/api/agents/", {"name": "New One", "phone": "+2348030000777"})
    phones.page.get_by_role("button", name="+ Agent").click()
    form = phones.page.get_by_role("dialog", name="New agent")
    form.get_by_role("button", name="Create").click()
    expect(form).to_be_hidden()  # an open dialog takes the keyboard
    expect(phones.phone("New One")).to_be_visible()
    phones.page.locator("#search").fill("new")
    expect(phones.phone("Agent 01")).to_have_count(0)
    phones.page.locator("#search").fill("")
    expect(phones.phone("Agent 01")).to_be_visible()
    assert log.evaluate("(log) => log.scrollTop") == 40


def test_focused_chat_keeps_the_focus_when_messages_arrive(phones: Phones, create_agents: Agents) -> None:
    create_agents(2)
    phones.chat("Agent 02").focus()
    phones.wait_for_message("Agent 02", phones.create_inspection()["code"])
    phones.chat("Agent 02").focus()
    phones.wait_for_message("Agent 02", phones.desk.post("/api/jobs/", a_job_body())["code"])
    expect(phones.chat("Agent 02")).to_be_focused()


def test_error_of_an_action_stays_visible_during_later_refreshes(phones: Phones) -> None:
    phones.page.get_by_role("button", name="Load sample data").click()
    phones.wait_for_message("Ada Obi", "New inspection")
    job = phones.desk.get("/api/jobs/")[0]
    release = phones.page.get_by_role("button", name="Release", exact=True)
    expect(release).to_be_disabled()
    phones.write("Ada Obi", "yes")
    expect(release).to_be_enabled()
    phones.page.route(
        "**/release", lambda route: (phones.desk.post(f"/api/jobs/{job['id']}/cancel", {}, 200), route.continue_())
    )
    release.click()
    phones.page.get_by_role("button", name="Release it").click()
    expect(phones.page.locator("#notice")).to_contain_text("cancelled")
    for _ in range(2):  # two refreshes succeed in the meantime
        with phones.page.expect_response("**/desk/api/jobs/?page_size=50"):
            pass
    expect(phones.column("Inspections")).to_contain_text("cancelled")
    expect(phones.page.locator("#notice")).to_contain_text("cancelled")
    phones.errors.clear()  # Chromium logs the refused request


def test_deleted_agents_phone_disappears(phones: Phones, create_agents: Agents) -> None:
    (agent,) = create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.desk.delete(f"/api/agents/{agent['id']}")
    expect(phones.phone("Agent 01")).to_have_count(0, timeout=15_000)


def test_formatting_marks_inside_words_are_shown_as_text(phones: Phones, create_agents: Agents) -> None:
    create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.write("Agent 01", "*bold* snake_case_name 2*3*4 _so_ ~not~ <img src=x onerror=alert(1)>")
    text = phones.wait_for_message("Agent 01", "snake_case_name").locator(".text")
    expect(text).to_have_text("bold snake_case_name 2*3*4 so not <img src=x onerror=alert(1)>")
    assert text.evaluate("(text) => [...text.children].map((each) => each.tagName)") == ["B", "I", "S"]


def test_press_on_a_chat_opens_it_although_a_message_arrives_before_the_release(
    phones: Phones, create_agents: Agents
) -> None:
    create_agents(2)
    expect(phones.phone("Agent 02")).to_be_visible()
    phones.chat("Agent 02").hover()
    phones.page.mouse.down()
    phones.desk.post("/api/jobs/", a_job_body())
    expect(phones.chat("Agent 02").locator(".unread")).to_have_text("1")
    phones.page.mouse.up()
    expect(phones.chat("Agent 02")).to_have_attribute("aria-current", "true")
