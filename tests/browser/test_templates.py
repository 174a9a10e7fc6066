"""The phones page: templates, buttons, 24-hour window, right-to-left texts."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from twilio.rest import Client

from tests.browser.phones import NARROW, Phones, assert_accessible
from tests.live.desk import ACCOUNT_SID, AUTH_TOKEN
from tests.sandbox.twilio.conftest import a_template, create, submit

NUMBER = "+14155238886"  # the pretend Twilio's number
Agents = Callable[[int], list[dict[str, Any]]]
ARABIC = {
    "friendly_name": "offer_ar",
    "language": "ar",
    "variables": {"1": "آدا", "2": "K7F3"},
    "types": {
        "twilio/quick-reply": {
            "body": "مرحبا {{1}}، لديك معاينة جديدة برمز {{2}} يوم الخميس الساعة 14:00 في لاغوس. هل تقبلها؟",
            "actions": [
                {"type": "QUICK_REPLY", "title": "نعم", "id": "yes_{{2}}"},
                {"type": "QUICK_REPLY", "title": "لا", "id": "no_{{2}}"},
            ],
        }
    },
}


@pytest.fixture
def client(phones: Phones) -> Iterator[Client]:
    """Twilio's client. Its templates are deleted afterwards, because other tests use the same desk."""
    client = Client(ACCOUNT_SID, AUTH_TOKEN)
    client.api.base_url = client.content.base_url = phones.desk.twilio.base_url
    yield client
    phones.desk.twilio.window = False
    for content in phones.desk.twilio.contents:
        client.content.v1.contents(content.sid).delete()


def send(client: Client, to: str, **more: Any) -> str:
    return str(client.messages.create(to=f"whatsapp:{to}", from_=f"whatsapp:{NUMBER}", **more).sid)


def test_button_tap_posts_the_payload_and_quote_that_whatsapp_posts(
    phones: Phones, create_agents: Agents, client: Client
) -> None:
    (agent,) = create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    template = a_template(client, phones.desk.twilio)
    variables = json.dumps({"1": "Zoë", "2": "M4X9"})
    sid = send(client, agent["phone"], content_sid=template, content_variables=variables)
    bubble = phones.wait_for_message("Agent 01", "M4X9")
    expect(bubble.locator(".answers button")).to_have_text(["Yes", "No"])
    with phones.page.expect_request("**/sandbox/say") as posted:
        bubble.get_by_role("button", name="Yes", exact=True).click()
    assert posted.value.post_data_json == {
        "from": agent["phone"],
        "to": NUMBER,
        "text": "Yes",
        "payload": "yes_M4X9",
        "button_text": "Yes",
        "quoted_sid": sid,
    }
    expect(phones.phone("Agent 01").locator(".mine blockquote")).to_contain_text("M4X9")


def test_message_without_buttons_gets_a_button_for_each_word_it_asks_for(
    phones: Phones, create_agents: Agents, client: Client
) -> None:
    (agent,) = create_agents(1)
    expect(phones.phone("Agent 01")).to_be_visible()
    send(client, agent["phone"], body="Reply *YES K7F3* or *NO K7F3*.")
    bubble = phones.wait_for_message("Agent 01", "Reply")
    expect(bubble.locator(".answers button")).to_have_text(["YES K7F3", "NO K7F3"])


def test_templates_can_be_approved_rejected_and_paused_in_the_dialog(phones: Phones, client: Client) -> None:
    phones.page.get_by_role("button", name="Templates").click()
    dialog = phones.page.get_by_role("dialog", name="Templates and window")
    expect(dialog).to_contain_text("No templates yet.")
    sids = [create(client).sid, create(client, **ARABIC).sid]
    expect(dialog.get_by_text("Not submitted for approval yet.")).to_have_count(2)
    submit(client, sids[0])
    submit(client, sids[1], name="offer_v1")
    expect(dialog.locator("li .chip.pending")).to_have_count(2)
    progress = dialog.get_by_role("progressbar")
    expect(progress).to_have_accessible_name("0 of 2 approved, 2 pending")
    decisions: list[str] = []
    phones.page.on("request", lambda request: decisions.append(request.method) if "/contents" in request.url else None)
    dialog.get_by_role("button", name="Approve all pending").click()
    expect(dialog.locator("li .chip.approved")).to_have_count(2)
    expect(dialog.get_by_role("button", name="Approve all pending")).to_be_hidden()
    expect(progress).to_have_accessible_name("2 of 2 approved")
    assert (progress.evaluate("(bar) => bar.value / bar.max"), decisions) == (1, ["PUT"])
    expect(dialog.get_by_role("button", name="Approve offer_v1, en")).to_be_disabled()
    dialog.get_by_role("button", name="Pause offer_v1, en").click()
    expect(dialog.locator("li .chip.paused")).to_have_count(1)
    dialog.get_by_role("button", name="Reject offer_v1, ar").click()
    expect(dialog.locator("li", has_text="INVALID_FORMAT").locator(".chip.rejected")).to_be_visible()
    assert [each.status for each in phones.desk.twilio.contents] == ["paused", "rejected"]


def test_enforced_window_shows_on_each_phone_and_closes_after_24_hours(
    phones: Phones, create_agents: Agents, client: Client
) -> None:
    create_agents(2)
    expect(phones.phone("Agent 02")).to_be_visible()
    heads = {name: phones.phone(name).locator("header .window") for name in ("Agent 01", "Agent 02")}
    expect(heads["Agent 01"]).to_be_hidden()
    phones.write("Agent 01", "hello")
    phones.page.locator("h1").click()  # leave the message box
    phones.page.keyboard.press("Escape")
    phones.page.keyboard.press("t")
    dialog = phones.page.get_by_role("dialog", name="Templates and window")
    dialog.get_by_label("24-hour window").check()
    expect(heads["Agent 01"]).to_contain_text("Window until")
    expect(heads["Agent 02"]).to_have_text("Window closed")
    assert phones.desk.twilio.window is True
    dialog.get_by_role("button", name="+24 h").click()
    expect(dialog.get_by_role("status")).to_contain_text("1 d 0 h")
    expect(heads["Agent 01"]).to_have_text("Window closed")
    dialog.get_by_role("button", name="Close").click()
    send(client, "+2348030000001", body="too late")
    expect(phones.phone("Agent 01").locator(".bubble.lost")).to_contain_text("63016")


@pytest.mark.parametrize(
    "context_args",
    [
        pytest.param({}, id="1440"),
        pytest.param({"color_scheme": "dark"}, id="1440-dark"),
        pytest.param(NARROW, id="390"),
        pytest.param({**NARROW, "color_scheme": "dark"}, id="390-dark"),
    ],
    indirect=True,
)
def test_arabic_texts_run_right_to_left_and_violate_no_accessibility_rule(
    phones: Phones, client: Client, request: pytest.FixtureRequest
) -> None:
    names = ("آدا أوبي", "Ben Ade")
    agents = [
        phones.desk.post("/api/agents/", {"name": n, "phone": f"+23480300000{i}"}) for i, n in enumerate(names, 11)
    ]
    twilio = phones.desk.twilio
    for changes in (ARABIC, {}):
        template = a_template(client, twilio, **changes)
        for agent in agents:
            send(client, agent["phone"], content_sid=template)
    twilio.window = True
    phones.chat(names[0]).click()
    bubble = phones.wait_for_message(names[0], "معاينة")
    expect(bubble.locator(".text")).to_have_css("direction", "rtl")
    bubble.get_by_role("button", name="نعم").click()
    expect(phones.phone(names[0]).locator(".mine .text", has_text="نعم")).to_be_visible()
    expect(phones.phone(names[0]).locator("header .window")).to_contain_text("Window until")
    assert_accessible(phones)
    _picture(phones, request, "phone")
    assert phones.page.evaluate("document.documentElement.scrollWidth") == phones.page.viewport_size["width"]
    submit(client, create(client, **ARABIC | {"variables": {}}).sid, "bad_one", "MARKETING")
    twilio.decide("bad_one", "approved")
    submit(client, create(client).sid, "waiting_one")
    phones.page.get_by_role("button", name="Templates").click()
    dialog = phones.page.get_by_role("dialog", name="Templates and window")
    expect(dialog.locator("li")).to_have_count(4)
    expect(dialog.locator("li .reason")).to_contain_text("no sample")
    assert_accessible(phones)
    _picture(phones, request, "dialog")
    assert dialog.evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth")


def _picture(phones: Phones, request: pytest.FixtureRequest, name: str) -> None:
    """Save a screenshot in the directory named by SHOTS, if set."""
    if directory := os.environ.get("SHOTS"):
        phones.page.screenshot(path=Path(directory) / f"{name}-{request.node.callspec.id}.png", animations="disabled")
