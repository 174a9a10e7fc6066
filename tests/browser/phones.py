"""The phones page as a test speaks of it."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.live.desk import LiveDesk

NARROW = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


class Phones:
    """The page in a browser window; its parts by what people see."""

    def __init__(self, page: Page, desk: LiveDesk, complaints: list[str]) -> None:
        self.page, self.desk, self.complaints = page, desk, complaints

    def open(self) -> None:
        """Open it, and wait until it is live."""
        self.page.goto(self.desk.twilio.base_url)
        expect(self.page.get_by_text("live", exact=True)).to_be_visible()
        expect(self.page.locator("body.ready")).to_be_attached()

    def phone(self, name: str) -> Locator:
        """Return somebody's phone."""
        return self.page.get_by_role("region", name=f"{name}, ")

    def chat(self, name: str) -> Locator:
        """Return somebody's line in the list of people."""
        return self.page.locator("#roster button", has_text=name)

    def column(self, title: str) -> Locator:
        """Return one of the columns of what is behind it."""
        return self.page.locator("#behind section", has=self.page.get_by_role("heading", name=title))

    def writes(self, name: str, text: str) -> None:
        """Type into somebody's phone and send."""
        box = self.phone(name).get_by_role("textbox", name="Write a message")
        box.fill(text)
        box.press("Enter")

    def shows(self, name: str, text: str) -> Locator:
        """Wait until somebody's phone shows a text; return its bubble."""
        bubble = self.phone(name).locator(".bubble", has_text=text).last
        expect(bubble).to_be_visible()
        return bubble

    def posts_an_inspection(self, **changes: str) -> Any:
        """Fill in the form for an inspection, as far as it is not filled in; return the job."""
        self.page.get_by_role("button", name="+ Inspection").click()
        form = self.page.get_by_role("dialog", name="New inspection")
        for label, value in changes.items():
            form.get_by_label(label.replace("_", " "), exact=True).fill(value)
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            form.get_by_role("button", name="Post it").click()
        expect(form).to_be_hidden()
        # Not "the latest on the list": of two made in one second by two processes, either may be that.
        return posted.value.json()

    def switch(self, name: str, what: str, on: bool = True) -> None:
        """Switch something that goes wrong with somebody's phone."""
        phone = self.phone(name)
        phone.locator("summary").click()
        phone.get_by_label(what).set_checked(on)
        self.page.keyboard.press("Escape")
        phone.locator("summary").click()


def accessible(phones: Phones) -> None:
    """No violation of axe's rules as the page stands."""
    found = Axe().run(phones.page)
    assert found.violations_count == 0, found.generate_report()
