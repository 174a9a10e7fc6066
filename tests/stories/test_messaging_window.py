"""WhatsApp's 24 hours: people who wrote lately get text and buttons, others approved templates or nothing."""

import re
from collections.abc import Iterator

import pytest

from dispatch.actions.outbox import templates, text_or_template
from dispatch.models import Message, Template
from dispatch.models.base.record import utc_now
from sandbox.twilio import FaultKind, PretendTwilio
from sandbox.twilio.ledger import Message as Sent
from tests.pretending import report, ripen
from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import approved


@pytest.fixture
def pushed(twilio: PretendTwilio) -> PretendTwilio:
    """Every wording is an approved template at Twilio."""
    assert [each.problem for each in templates.push(utc_now()) if each.problem] == []
    decide(twilio, "approved")
    return twilio


@pytest.fixture(autouse=True)
def _fresh(twilio: PretendTwilio) -> Iterator[None]:
    if twilio.contents:
        decide(twilio, "pending")
    templates.clear_cache()
    yield
    templates.clear_cache()


def decide(twilio: PretendTwilio, status: str) -> None:
    """Set the status of every template at Meta, and let the desk fetch it."""
    for content in twilio.contents:
        if content.status != "unsubmitted":
            twilio.decide(content.sid, status)
    templates.refresh_statuses(utc_now())


def pause(twilio: PretendTwilio, language: str) -> None:
    """Let Meta pause every template of a language, and let the desk fetch that."""
    for content in twilio.contents:
        if content.language == language and content.category:
            twilio.decide(content.sid, "paused")
    templates.refresh_statuses(utc_now())


def sent(twilio: PretendTwilio, who: Person) -> Sent:
    """Return the last message that Twilio accepted for a person."""
    return twilio.sent_to(who.phone)[-1]


def how(desk: StoryDesk, who: Person, job: Job, kind: str) -> list[str]:
    """Return the form of each attempt at a message, as the API shows it."""
    shown = desk.call("GET", f"/api/messages/{desk.message(who, job, kind).id}")
    return [attempt["sent_as"] for attempt in shown["attempts"]]


def test_agent_who_never_wrote_gets_the_offer_as_a_template(
    desk: StoryDesk, pushed: PretendTwilio, ada: Person
) -> None:
    job = desk.asks()
    offer = sent(pushed, ada)
    assert (offer.content_sid is not None, how(desk, ada, job, "offer")) == (True, ["template"])
    assert offer.body.startswith("New inspection: ")
    assert job["code"] in offer.body
    assert [(title, payload.partition(":")[0]) for title, payload in offer.actions] == [("YES", "yes"), ("NO", "no")]


def test_agent_who_wrote_lately_gets_text_or_buttons(desk: StoryDesk, pushed: PretendTwilio, ada: Person) -> None:
    desk.says(ada, "help")
    assert (sent(pushed, ada).content_sid, sent(pushed, ada).actions) == (None, ())
    job = desk.asks()
    assert how(desk, ada, job, "offer") == ["buttons"]
    assert [title for title, _ in sent(pushed, ada).actions] == ["YES", "NO"]


def test_window_is_closed_a_day_later(desk: StoryDesk, pushed: PretendTwilio, ada: Person) -> None:
    desk.says(ada, "help")
    desk.wait(hours=25)
    assert how(desk, ada, desk.asks(), "offer") == ["template"]


def test_visit_can_be_done_with_buttons_alone(
    desk: StoryDesk, pushed: PretendTwilio, ada: Person, bisi: Person
) -> None:
    """The buttons are YES on the offer, CONFIRM on the details, BEGIN and COMPLETE on the reminder."""
    job = desk.asks()
    assert taps(desk, pushed, ada, "YES") == ["assigned"]
    assert taps(desk, pushed, ada, "CONFIRM") == ["approved"]
    assert sent(pushed, client_of(job)).content_sid is not None
    desk.wait_for(job, "reminder")
    desk.news(ada)
    reminder = sent(pushed, ada)
    assert [title for title, _ in reminder.actions] == ["BEGIN", "COMPLETE"]
    assert taps(desk, pushed, ada, "BEGIN", on=reminder) == ["began"]
    assert taps(desk, pushed, ada, "COMPLETE", on=reminder) == ["completed_agent"]
    assert desk.stands(job) == ("completed", ada.phone)


def taps(desk: StoryDesk, twilio: PretendTwilio, who: Person, title: str, on: Sent | None = None) -> list[str]:
    """Let a person tap a button on their last message, or on an earlier one. Return the kinds of messages they get."""
    message = on or sent(twilio, who)
    payload = next(payload for said, payload in message.actions if said == title)
    return desk.says(who, title, tapping=payload, quoting=message.sid)


@pytest.mark.parametrize("quotes", [True, False], ids=["with the quote", "after seven days, without it"])
def test_tap_on_an_old_button_gets_the_present_status(
    desk: StoryDesk, pushed: PretendTwilio, ada: Person, bisi: Person, quotes: bool
) -> None:
    """The job is taken, moved or cancelled; the reply also names the open jobs."""
    job, other = desk.asks(), desk.asks()
    first = next(each for each in pushed.sent_to(ada.phone) if job["code"] in each.body)
    second = next(each for each in pushed.sent_to(ada.phone) if other["code"] in each.body)

    def tap(message: Sent) -> list[str]:
        payload = next(payload for said, payload in message.actions if said == "YES")
        return desk.says(ada, "YES", tapping=payload, quoting=message.sid if quotes else None)

    desk.says(bisi, f"yes {job['code']}")
    desk.news(ada)
    assert tap(first) == ["taken"]
    assert re.search(r"it was taken at \d\d:\d\d\.", desk.last(ada))
    assert other["code"] in desk.last(ada)
    desk.moves(other, "50h")
    desk.news(ada)
    assert tap(second) == ["explain_offered"]
    assert desk.stands(other) == ("pending", None)
    assert desk.last(ada).startswith("Inspection *")
    desk.does("cancel", other)
    desk.news(ada)
    assert tap(second) == ["gone"]
    assert "has been cancelled" in desk.last(ada)


def test_message_refused_for_the_closed_window_goes_out_as_a_template(
    desk: StoryDesk, pushed: PretendTwilio, ada: Person
) -> None:
    """63016 by receipt: the same message goes out as a template, once."""
    desk.says(ada, "help")
    job = desk.asks()
    report(sent(pushed, ada), "failed", 63016)
    desk.work()
    assert how(desk, ada, job, "offer") == ["buttons", "template"]
    assert len(pushed.sent_to(ada.phone)) == 3  # the help, and these two
    report(sent(pushed, ada), "failed", 63016)
    desk.work()
    assert how(desk, ada, job, "offer") == ["buttons", "template"]
    assert desk.message(ada, job, "offer").status == "failed"


def test_french_agent_gets_french(desk: StoryDesk, pushed: PretendTwilio, ada: Person) -> None:
    desk.changes(ada, language="fr-CI")
    job = desk.asks()
    assert sent(pushed, ada).body.startswith("Nouvelle inspection")
    assert taps(desk, pushed, ada, "OUI") == ["assigned"]
    assert desk.says(ada, f"confirmer {job['code']}") == ["approved"]


def test_message_without_an_approved_template_in_their_language_is_sent_in_english(
    desk: StoryDesk, pushed: PretendTwilio, ada: Person
) -> None:
    pause(pushed, "pt_BR")
    desk.changes(ada, language="pt")
    job = desk.asks()
    assert how(desk, ada, job, "offer") == ["template"]
    assert sent(pushed, ada).body.startswith("New inspection: ")
    assert "segunda" not in sent(pushed, ada).body
    assert "day " in sent(pushed, ada).body  # the date is English, too


def test_message_without_any_approved_template_is_parked_and_sent_once_there_is_one(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    list(templates.push(utc_now()))  # no template is approved
    job = desk.asks()
    offer = desk.message(ada, job, "offer")
    assert (offer.status, offer.error, twilio.sent_to(ada.phone)) == ("parked", text_or_template.CLOSED, [])
    [listed] = [row for row in desk.call("GET", "/api/messages/?status=parked") if row["id"] == str(offer.id)]
    assert listed["error"] == text_or_template.CLOSED
    decide(twilio, "approved")
    desk.call("POST", f"/api/messages/{offer.id}/retry")
    assert how(desk, ada, job, "offer") == ["template"]


def test_messages_are_text_where_no_templates_exist(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    """Twilio's sandbox number has no templates, for instance."""
    job = desk.asks()
    assert (how(desk, ada, job, "offer"), sent(twilio, ada).content_sid) == (["text"], None)


def test_paused_template_is_not_used_again(desk: StoryDesk, pushed: PretendTwilio, ada: Person) -> None:
    """Error 63041 arrives by receipt, before the desk has fetched the template's status."""
    job = desk.asks()
    report(sent(pushed, ada), "failed", 63041)
    offer = Template.by_content(sent(pushed, ada).content_sid)
    assert (offer.key, offer.status) == ("offer", "paused")
    goes_on(desk, ada, job)  # there is no language after English, so operations must act
    assert (desk.message(ada, job, "offer").status, desk.message(ada, job, "offer").error) == (
        "parked",
        text_or_template.CLOSED,
    )
    desk.asks()
    assert Message.objects(phone=ada.phone, kind="offer").order_by("-id").first().status == "parked"


def goes_on(desk: StoryDesk, who: Person, job: Job) -> None:
    """Move the clock to the next attempt at an offer."""
    ripen(desk.message(who, job, "offer"))
    desk.sweep()


@pytest.mark.parametrize("code", [63041, 63027], ids=["paused", "missing in this language"])
def test_message_refused_for_its_template_is_sent_in_the_next_language(
    desk: StoryDesk, pushed: PretendTwilio, ada: Person, code: int
) -> None:
    desk.changes(ada, language="fr")
    job = desk.asks()
    report(sent(pushed, ada), "failed", code)
    goes_on(desk, ada, job)
    assert how(desk, ada, job, "offer") == ["template", "template"]
    assert sent(pushed, ada).body.startswith("New inspection: ")
    assert desk.message(ada, job, "offer").status == "accepted"


def test_client_gets_a_template(desk: StoryDesk, pushed: PretendTwilio, ada: Person) -> None:
    job = approved(desk, ada)
    told = sent(pushed, client_of(job))
    assert (told.content_sid is not None, told.body.startswith("Hello ")) == (True, True)
    assert ada.phone in told.body


def test_look_up_finds_a_template_by_its_rendered_text(desk: StoryDesk, pushed: PretendTwilio, ada: Person) -> None:
    """Twilio keeps the rendered text, so an attempt without an answer is found by it and not repeated."""
    pushed.faults.set(ada.phone, FaultKind.CUT_ACCEPTED, count=1)
    desk.changes(ada, language="fr")
    pause(pushed, "fr")  # so that Twilio's text differs from ours
    job = desk.asks()
    offer = desk.message(ada, job, "offer")
    assert (offer.status, offer.text.startswith("Nouvelle")) == ("unknown", True)
    goes_on(desk, ada, job)
    assert desk.message(ada, job, "offer").status == "accepted"
    assert len(pushed.sent_to(ada.phone)) == 1
