"""The phones page: what it shows before its data has arrived, and names in narrow columns."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Route, expect

from tests.bodies import a_job_body
from tests.browser.phones import NARROW, Phones

COLUMNS = ("Inspections", "Timeline", "Offers", "Messages", "Scheduled")
#: Words that the page may show only once it knows.
CONCLUSIONS = ("does not answer", "No agents", "No inspections", "No messages", "Nothing", "—")
#: JavaScript: return the words of an element's text that do not fit on one line of their column.
BROKEN_WORDS = """(element) => {
  const broken = [], walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const word of node.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


@contextmanager
def held(phones: Phones, path: str) -> Iterator[None]:
    """Hold back the answers to these requests."""
    waiting: list[Route] = []
    phones.page.route(path, lambda route: waiting.append(route))
    yield
    for route in waiting:
        route.continue_()
    phones.page.unroute(path)  # whatever still waits goes on


def test_page_shows_that_it_loads_until_its_data_has_arrived(phones: Phones) -> None:
    phones.desk.post("/api/agents/", {"name": "Ada Obi", "phone": "+2348030000001"})
    job = phones.desk.post("/api/jobs/", a_job_body())
    with held(phones, "**/desk/**"):
        phones.page.reload(wait_until="commit")
        expect(phones.page.locator("#wall")).to_contain_text("Loading")
        for title in COLUMNS:
            expect(phones.column(title)).to_contain_text("Loading")
        shown = phones.page.locator("main").inner_text()
        assert [words for words in CONCLUSIONS if words in shown] == []
    expect(phones.column("Timeline")).to_contain_text(job["code"])
    with held(phones, "**/desk/api/jobs/*/*"):
        phones.page.reload(wait_until="commit")
        expect(phones.column("Inspections")).to_contain_text(job["code"])
        for title in ("Timeline", "Offers", "Messages", "Scheduled"):
            expect(phones.column(title)).to_contain_text("Loading")
    expect(phones.column("Offers")).to_contain_text("Ada Obi")
    expect(phones.page.locator("main")).not_to_contain_text("Loading")


def test_page_names_redis_only_when_redis_does_not_answer(phones: Phones) -> None:
    queues = phones.column("Scheduled")
    expect(queues).to_contain_text("broadcasting")
    phones.page.route("**/desk/queues", lambda route: route.fulfill(body="null", content_type="application/json"))
    expect(queues).to_contain_text("Redis does not answer.")
    phones.page.unroute("**/desk/queues")
    expect(queues).to_contain_text("broadcasting")


@pytest.mark.parametrize("context_args", [pytest.param({}, id="1440"), pytest.param(NARROW, id="390")], indirect=True)
def test_names_break_between_words_only(phones: Phones) -> None:
    names = ("Oluwaseun Akinwande-Balogun", "Konstantinos Papadimitriou", "عبدالرحمن المنصوري")
    for n, name in enumerate(names):
        phones.desk.post("/api/agents/", {"name": name, "phone": f"+23480300000{n:02}"})
    phones.desk.twilio.window = True
    try:
        job = phones.desk.post("/api/jobs/", a_job_body())
        for title in COLUMNS:
            phones.page.locator("#tabs [data-to=activity]").dispatch_event("click")
            column = phones.column(title)
            expect(column).not_to_contain_text("Loading")
            expect(phones.column("Messages").locator("b")).to_have_count(len(names))
            assert column.evaluate(BROKEN_WORDS) == [], title
        assert job["code"] in phones.column("Inspections").inner_text()
        phones.chat(names[0]).dispatch_event("pointerdown", {"button": 0})
        phones.chat(names[0]).dispatch_event("pointerup")
        head = phones.phone(names[0]).locator("header")
        expect(head.locator(".window")).to_have_text("Window closed")
        assert [p.evaluate("(p) => p.scrollWidth <= p.clientWidth") for p in head.locator("p").all()] == [True, True]
    finally:
        phones.desk.twilio.window = False
