"""The phones page: an inspection from its form to the end, with everything that people and operations look at."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bodies import a_job_body
from tests.browser.phones import NARROW, Phones, accessible

Agents = Callable[[int], list[dict[str, Any]]]


def test_the_minute_of_a_newcomer(phones: Phones) -> None:
    """Set the scene, YES on two phones, CONFIRM on the one that got it."""
    phones.page.get_by_role("button", name="Set the scene").click()
    for name in ("Ada Obi", "Bisi Ade", "Chidi Eze"):
        phones.shows(name, "New inspection")
    job = phones.desk.get("/api/jobs/")[0]
    phones.phone("Bisi Ade").get_by_role("button", name=f"YES {job['code']}").click()
    phones.shows("Bisi Ade", "is yours!")
    phones.writes("Ada Obi", "Yes please!")
    phones.shows("Ada Obi", "has gone to another agent")
    phones.shows("Chidi Eze", "has gone to another agent")
    phones.phone("Bisi Ade").get_by_role("button", name=f"CONFIRM {job['code']}").last.click()
    phones.shows("John Doe", "Bisi Ade")
    expect(phones.column("What happened").locator("[aria-current=step]")).to_have_text("approved")
    assert phones.desk.wait_for_status(job["id"], "approved")["assigned_agent"] == "+2348030100002"


def test_the_form_posts_what_it_shows_as_curl(phones: Phones, some_agents: Agents) -> None:
    some_agents(1)
    phones.page.get_by_role("button", name="+ Inspection").click()
    form = phones.page.get_by_role("dialog", name="New inspection")
    form.get_by_label("Address", exact=True).fill("4 Zoë's Close")
    shown = form.locator("pre").inner_text()
    assert f"{phones.desk.base}/api/jobs/" in shown
    body = json.loads(shown.partition("-d '")[2].removesuffix("'").replace("'\\''", "'"))
    form.get_by_role("button", name="Post it").click()
    expect(form).to_be_hidden()
    job = phones.desk.get("/api/jobs/")[0]
    assert (job["property_details"], job["client_details"]) == (body["property"], body["client"])
    assert job["property_details"]["address"] == "4 Zoë's Close"
    phones.shows("Agent 01", "Where: 4 Zoë's Close")


def test_what_is_wrong_in_a_form_is_said_at_its_field(phones: Phones) -> None:
    phones.page.get_by_role("button", name="+ Agent").click()
    form = phones.page.get_by_role("dialog", name="New agent")
    form.get_by_label("Phone").fill("12")
    form.get_by_role("button", name="Post it").click()
    expect(form.locator("[data-of=phone]")).not_to_be_empty()
    form.get_by_label("Phone").fill("0803 000 0009")
    form.get_by_role("button", name="Post it").click()
    expect(form).to_be_hidden()
    expect(phones.phone("Ada Obi")).to_contain_text("+2348030000009")
    phones.complaints.clear()  # the browser notes the refused request itself


def test_a_phone_that_is_off_gets_it_all_when_it_is_on(phones: Phones, some_agents: Agents) -> None:
    some_agents(2)
    expect(phones.phone("Agent 02").locator(".bubble")).to_have_count(0)
    phones.switch("Agent 02", "Phone is off")
    job = phones.posts_an_inspection()
    phones.shows("Agent 01", job["code"])
    expect(phones.phone("Agent 02")).to_contain_text("1 on the way")
    expect(phones.phone("Agent 02").locator(".bubble")).to_have_count(0)
    phones.switch("Agent 02", "Phone is off", on=False)
    phones.shows("Agent 02", job["code"])


def test_who_has_blocked_us_stays_at_one_tick_and_operations_can_see_why(phones: Phones, some_agents: Agents) -> None:
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.switch("Agent 01", "Has blocked us")
    phones.posts_an_inspection()
    expect(phones.column("Messages").locator(".chip.sent")).to_be_visible()
    phones.column("Offers").get_by_role("button", name="Why: Agent 01").click()
    answer = phones.page.get_by_role("dialog").locator(".answer")
    expect(answer).to_contain_text("sent")
    expect(answer).to_contain_text("not delivered")


def test_an_error_code_shows_on_the_phone_and_on_record(phones: Phones, some_agents: Agents) -> None:
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.switch("Agent 01", "Fails with code")
    phones.posts_an_inspection()
    lost = phones.phone("Agent 01").locator(".bubble.lost")
    expect(lost).to_contain_text("63016")
    lost.get_by_role("button", name="What the desk has on record of it").click()
    record = phones.page.get_by_role("dialog", name="On record")
    expect(record.locator("tbody tr")).to_contain_text("failed")
    expect(record.locator("tbody tr")).to_contain_text("63016")


def test_a_quoted_message_is_what_the_answer_is_about(phones: Phones, some_agents: Agents) -> None:
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    first, second = phones.posts_an_inspection(), phones.posts_an_inspection()
    phones.shows("Agent 01", second["code"])
    bubble = phones.shows("Agent 01", first["code"])
    bubble.hover()
    bubble.get_by_role("button", name="Quote it").click()
    phones.writes("Agent 01", "yes")
    assert phones.desk.wait_for_status(first["id"], "assigned")["assigned_agent"]
    assert phones.desk.job(second["id"])["status"] == "pending"
    expect(phones.phone("Agent 01").locator(".mine blockquote")).to_contain_text("New inspection")


def test_behind_it_tells_offers_timers_and_queues(phones: Phones, some_agents: Agents) -> None:
    some_agents(2)
    expect(phones.phone("Agent 02")).to_be_visible()
    job = phones.posts_an_inspection()
    expect(phones.column("Offers").locator(".chip.open")).to_have_count(2)
    expect(phones.column("Falls due")).to_contain_text("expiry")
    phones.phone("Agent 01").get_by_role("button", name=f"YES {job['code']}").click()
    expect(phones.column("Offers").locator(".chip.won")).to_have_count(1)
    expect(phones.column("Offers").locator(".chip.taken")).to_have_count(1)
    expect(phones.column("What happened").locator(".timeline")).to_contain_text("assigned")
    expect(phones.column("Falls due").locator(".timers")).to_contain_text("nudge")
    expect(phones.column("Falls due").locator(".queues")).to_contain_text("broadcasting")
    phones.page.get_by_role("button", name="Cancel").click()
    phones.shows("Agent 01", "has been cancelled")


def test_fifty_phones_with_search_and_unread_marks(phones: Phones, some_agents: Agents) -> None:
    some_agents(50)
    expect(phones.page.locator(".phone")).to_have_count(50)
    job = phones.posts_an_inspection()
    phones.shows("Agent 50", job["code"])
    expect(phones.chat("Agent 50").locator(".unread")).to_have_text("1")
    phones.page.keyboard.press("/")
    phones.page.keyboard.type("agent 4")
    expect(phones.page.locator(".phone")).to_have_count(10)
    expect(phones.page.locator("#count")).to_have_text("10 phones")
    phones.chat("Agent 42").click()
    expect(phones.chat("Agent 42").locator(".unread")).to_have_count(0)
    phones.page.keyboard.type(f"yes {job['code']}\n")
    phones.shows("Agent 42", "is yours!")


def test_all_of_it_by_keyboard(phones: Phones) -> None:
    for name in ("Ada Obi", "Bisi Ade"):
        phones.page.keyboard.press("a")
        phones.page.keyboard.press("Enter")
        expect(phones.phone(name)).to_be_visible()
    phones.page.keyboard.press("i")
    phones.page.keyboard.press("Enter")
    phones.shows("Ada Obi", "New inspection")
    phones.page.keyboard.press("]")
    phones.page.keyboard.type("yes\n")
    phones.shows("Bisi Ade", "is yours!")
    phones.page.keyboard.press("Escape")
    phones.page.keyboard.press("b")
    expect(phones.page.locator("#behind")).to_be_hidden()
    phones.page.keyboard.press("?")
    expect(phones.page.get_by_role("dialog", name="Keys")).to_be_visible()


@pytest.mark.parametrize("context_args", [pytest.param(NARROW, id="390 pixels")], indirect=True)
def test_on_a_phone_there_is_one_view_at_a_time(phones: Phones) -> None:
    phones.page.get_by_role("button", name="Set the scene").click()
    phones.chat("Ada Obi").click()
    phones.shows("Ada Obi", "New inspection")
    expect(phones.page.locator("#people")).to_be_hidden()
    expect(phones.phone("Bisi Ade")).to_be_hidden()
    phones.writes("Ada Obi", "yes")
    phones.shows("Ada Obi", "is yours!")
    phones.page.get_by_role("button", name="Behind it").click()
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
def test_everybody_can_use_it(phones: Phones) -> None:
    """No violation of axe's rules, with phones, what is behind them, and a form open."""
    phones.page.get_by_role("button", name="Set the scene").click()
    phones.chat("Ada Obi").click()
    phones.shows("Ada Obi", "New inspection")
    phones.writes("Ada Obi", "yes")
    phones.shows("Ada Obi", "is yours!")
    accessible(phones)
    if phones.page.viewport_size["width"] < 760:
        phones.page.get_by_role("button", name="Behind it").click()
        accessible(phones)
    phones.page.get_by_role("button", name="+ Inspection").click()
    accessible(phones)


def test_it_comes_back_by_itself_and_says_so(phones: Phones, some_agents: Agents) -> None:
    """All is forgotten, then somebody is written to: the page follows without being loaded again."""
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    job = phones.posts_an_inspection()
    phones.shows("Agent 01", job["code"])
    phones.desk.twilio.clear()
    expect(phones.phone("Agent 01").locator(".bubble")).to_have_count(0)
    phones.writes("Agent 01", f"yes {job['code']}")
    phones.shows("Agent 01", "is yours!")


def test_what_did_not_reach_the_desk_can_be_delivered_again(phones: Phones, some_agents: Agents) -> None:
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    job = phones.posts_an_inspection()
    phones.shows("Agent 01", job["code"])
    there, phones.desk.twilio.inbound_url = phones.desk.twilio.inbound_url, "http://127.0.0.1:9/"
    phones.writes("Agent 01", "yes")
    again = phones.phone("Agent 01").get_by_role("button", name="! again")
    expect(again).to_be_visible()
    phones.desk.twilio.inbound_url = there
    again.click()
    phones.shows("Agent 01", "is yours!")
    expect(again).to_be_hidden()


def test_an_open_page_follows_when_the_pretend_twilio_starts_again(phones: Phones, some_agents: Agents) -> None:
    """Another process, another count of what was said; and what is half typed stays."""
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.shows("Agent 01", phones.posts_an_inspection()["code"])
    phones.phone("Agent 01").get_by_role("textbox", name="Write a message").fill("half a th")
    phones.desk.starts_twilio_again()
    expect(phones.page.get_by_text("live", exact=True)).to_be_visible(timeout=15_000)
    phones.shows("Agent 01", phones.posts_an_inspection()["code"])
    expect(phones.phone("Agent 01").get_by_role("textbox", name="Write a message")).to_have_value("half a th")
    phones.complaints.clear()  # the browser notes the broken stream itself


def test_what_a_phone_was_scrolled_to_stays(phones: Phones, some_agents: Agents) -> None:
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    for _ in range(3):
        last = phones.posts_an_inspection()
    phones.shows("Agent 01", last["code"])
    log = phones.phone("Agent 01").locator(".log")
    log.evaluate("(log) => { log.scrollTop = 40; }")
    phones.desk.post("/api/agents/", {"name": "New One", "phone": "+2348030000777"})
    phones.page.get_by_role("button", name="+ Agent").click()
    form = phones.page.get_by_role("dialog", name="New agent")
    form.get_by_role("button", name="Post it").click()
    expect(form).to_be_hidden()  # while it stands, what is typed goes into it
    expect(phones.phone("New One")).to_be_visible()
    phones.page.locator("#search").fill("new")
    expect(phones.phone("Agent 01")).to_have_count(0)
    phones.page.locator("#search").fill("")
    expect(phones.phone("Agent 01")).to_be_visible()
    assert log.evaluate("(log) => log.scrollTop") == 40


def test_the_focus_stays_in_the_list_of_chats(phones: Phones, some_agents: Agents) -> None:
    some_agents(2)
    phones.chat("Agent 02").focus()
    phones.shows("Agent 02", phones.posts_an_inspection()["code"])
    phones.chat("Agent 02").focus()
    phones.shows("Agent 02", phones.desk.post("/api/jobs/", a_job_body())["code"])
    expect(phones.chat("Agent 02")).to_be_focused()


def test_what_went_wrong_stands_long_enough_to_be_read(phones: Phones) -> None:
    phones.page.get_by_role("button", name="Set the scene").click()
    phones.shows("Ada Obi", "New inspection")
    job = phones.desk.get("/api/jobs/")[0]
    release = phones.page.get_by_role("button", name="Release", exact=True)
    expect(release).to_be_disabled()
    phones.writes("Ada Obi", "yes")
    expect(release).to_be_enabled()
    phones.page.route(
        "**/release", lambda route: (phones.desk.post(f"/api/jobs/{job['id']}/cancel", {}, 200), route.continue_())
    )
    release.click()
    expect(phones.page.locator("#notice")).to_contain_text("cancelled")
    for _ in range(2):  # it is asked again and again how things stand, and that goes well
        with phones.page.expect_response("**/desk/api/jobs/?page_size=50"):
            pass
    expect(phones.column("Inspections")).to_contain_text("cancelled")
    expect(phones.page.locator("#notice")).to_contain_text("cancelled")
    phones.complaints.clear()  # the browser notes the refused request itself


def test_who_is_let_go_leaves_the_wall(phones: Phones, some_agents: Agents) -> None:
    (agent,) = some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.desk.delete(f"/api/agents/{agent['id']}")
    expect(phones.phone("Agent 01")).to_have_count(0, timeout=15_000)


def test_only_marks_at_the_edges_of_words_are_formatting(phones: Phones, some_agents: Agents) -> None:
    some_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    phones.writes("Agent 01", "*bold* snake_case_name 2*3*4 _so_ ~not~ <img src=x onerror=alert(1)>")
    text = phones.shows("Agent 01", "snake_case_name").locator(".text")
    expect(text).to_have_text("bold snake_case_name 2*3*4 so not <img src=x onerror=alert(1)>")
    assert text.evaluate("(text) => [...text.children].map((each) => each.tagName)") == ["B", "I", "S"]


def test_a_press_on_a_chat_counts_although_somebody_is_written_to_meanwhile(
    phones: Phones, some_agents: Agents
) -> None:
    some_agents(2)
    expect(phones.phone("Agent 02")).to_be_visible()
    phones.chat("Agent 02").hover()
    phones.page.mouse.down()
    phones.desk.post("/api/jobs/", a_job_body())
    expect(phones.chat("Agent 02").locator(".unread")).to_have_text("1")
    phones.page.mouse.up()
    expect(phones.chat("Agent 02")).to_have_attribute("aria-current", "true")
