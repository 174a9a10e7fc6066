"""Page object: the phones page's parts and actions, for tests."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.live.desk import LiveDesk

NARROW = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


class Phones:
    """The page in a browser window."""

    def __init__(self, page: Page, desk: LiveDesk, errors: list[str]) -> None:
        self.page, self.desk, self.errors = page, desk, errors

    def open(self) -> None:
        """Open the page and wait until it is live."""
        self.page.goto(self.desk.twilio.base_url)
        expect(self.page.get_by_text("live", exact=True)).to_be_visible()
        expect(self.page.locator("body.ready")).to_be_attached()

    def phone(self, name: str) -> Locator:
        """Return a person's phone."""
        return self.page.get_by_role("region", name=f"{name}, ")

    def chat(self, name: str) -> Locator:
        """Return a person's row in the list of people."""
        return self.page.locator("#roster button", has_text=name)

    def column(self, title: str) -> Locator:
        """Return a column of the activity panel."""
        return self.page.locator("#activity section", has=self.page.get_by_role("heading", name=title))

    def write(self, name: str, text: str) -> None:
        """Type a message into a person's phone and send it."""
        box = self.phone(name).get_by_role("textbox", name="Write a message")
        box.fill(text)
        box.press("Enter")

    def wait_for_message(self, name: str, text: str, seconds: float = 15) -> Locator:
        """Wait until a person's phone shows a message with this text; return the message's bubble."""
        bubble = self.phone(name).locator(".bubble", has_text=text).last
        expect(bubble).to_be_visible(timeout=seconds * 1000)
        return bubble

    def create_inspection(self, **changes: str) -> Any:
        """Create an inspection with the form, changing these fields; return the job."""
        self.page.get_by_role("button", name="+ Inspection").click()
        form = self.page.get_by_role("dialog", name="New inspection")
        for label, value in changes.items():
            form.get_by_label(label.replace("_", " "), exact=True).fill(value)
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            form.get_by_role("button", name="Create").click()
        expect(form).to_be_hidden()
        # The response, not the newest job of the list: two jobs of the same second may be listed in either order.
        return posted.value.json()

    def simulate(self, name: str, problem: str, on: bool = True) -> None:
        """Switch a simulated problem of a person's phone on or off."""
        phone = self.phone(name)
        phone.locator("summary").click()
        phone.get_by_label(problem).set_checked(on)
        self.page.keyboard.press("Escape")
        phone.locator("summary").click()


def assert_accessible(phones: Phones) -> None:
    """Assert that the page violates none of axe's accessibility rules."""
    found = Axe().run(phones.page)
    assert found.violations_count == 0, found.generate_report()
