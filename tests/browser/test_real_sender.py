"""The phones page with a sender like a real one: templates and their approval, languages, buttons, 24-hour window."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.bodies import a_job_body
from tests.browser.phones import Phones
from tests.conftest import Servers
from tests.live.desk import ROOT, LiveDesk
from tests.live.fixtures import a_desk

FATOU, OMAR, ADA = "+2250700000001", "+201000000001", "+2348030000001"


def templates(desk: LiveDesk, command: str) -> str:
    """Run `flask templates …` beside the desk."""
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "templates", command]
    return subprocess.run(flask, cwd=ROOT, env=desk.environment, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def desk(servers: Servers) -> Iterator[LiveDesk]:
    """A desk for this module only: its workers cache approved templates, which other tests do not have."""
    desk = a_desk(servers, "real-sender", 8)
    desk.twilio.window = True
    try:
        yield desk.start()
    finally:
        desk.stop()


@pytest.fixture
def sender(phones: Phones) -> Phones:
    """The page, with all templates pushed, none approved, and the window enforced."""
    assert " 0 refused" in templates(phones.desk, "push")
    return phones


def test_templates_approved_on_the_page_bring_waiting_offers_with_buttons_in_each_agents_language(
    sender: Phones,
) -> None:
    desk, page = sender.desk, sender.page
    for name, phone, language in (("Fatou Koné", FATOU, "fr"), ("عمر حسن", OMAR, "ar"), ("Ada Obi", ADA, "en")):
        desk.post("/api/agents/", {"name": name, "phone": phone, "language": language})
    page.get_by_role("button", name="Templates").click()
    dialog = page.get_by_role("dialog", name="Templates and window")
    waiting = dialog.get_by_role("listitem").filter(has_text="offer_fr_").first
    expect(waiting).to_contain_text("pending")
    page.keyboard.press("Escape")
    desk.post("/api/jobs/", a_job_body())
    notice = page.locator("#waiting")
    expect(notice).to_contain_text("3 messages were not sent. The desk's templates are pushed, but not approved.")
    notice.get_by_role("button", name="Approve and send again").click()
    expect(notice).to_contain_text("Sending again")
    templates(desk, "status")  # beat would do so within a minute
    french = sender.wait_for_message(
        "Fatou Koné", "Nouvelle inspection", seconds=60
    )  # workers cache templates for a while
    expect(notice).to_be_hidden()
    expect(french.locator(".answers button")).to_have_text(["OUI", "NON"])
    arabic = sender.wait_for_message("عمر حسن", "معاينة جديدة")
    expect(arabic.locator(".answers button")).to_have_text(["نعم", "لا"])
    expect(arabic.locator(".text")).to_have_css("direction", "rtl")
    expect(sender.phone("Fatou Koné")).to_contain_text("Window closed")
    french.get_by_role("button", name="OUI", exact=True).click()
    sender.wait_for_message("Fatou Koné", "est à vous")
    expect(sender.phone("Fatou Koné")).to_contain_text("Window until")
    expect(sender.phone("Fatou Koné").locator(".mine blockquote").last).to_contain_text("Nouvelle inspection")
    sender.wait_for_message("عمر حسن", "إلى وكيل آخر")
    page.get_by_role("button", name="Templates").click()
    dialog.get_by_role("button", name="+24 h").click()
    page.keyboard.press("Escape")
    expect(sender.phone("Fatou Koné")).to_contain_text("Window closed")
    code = desk.post("/api/jobs/", a_job_body())["code"]
    expect(sender.wait_for_message("Fatou Koné", code).locator(".answers button")).to_have_text(["OUI", "NON"])
    expect(sender.phone("Fatou Koné").locator(".bubble.lost")).to_have_count(0)  # approved templates go out at any time
