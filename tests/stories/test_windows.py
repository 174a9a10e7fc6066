"""WhatsApp's 24 hours: who has written lately gets text and buttons, everybody else approved templates, or nothing."""

import re
from collections.abc import Iterator

import pytest

from dispatch.actions.outbox import templates, text_or_template
from dispatch.models import Message, Template
from dispatch.models.base.record import utc_now
from sandbox.twilio import FaultKind, PretendTwilio
from sandbox.twilio.ledger import Message as Sent
from tests.pretending import report, ripen
from tests.stories.desk import Desk
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import approved


@pytest.fixture
def pushed(twilio: PretendTwilio) -> PretendTwilio:
    """Every wording is a template at Twilio, and approved."""
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
    """Let Meta say this of every template, and the desk hear of it."""
    for content in twilio.contents:
        if content.status != "unsubmitted":
            twilio.decide(content.sid, status)
    templates.refresh_statuses(utc_now())


def pause(twilio: PretendTwilio, language: str) -> None:
    """Let Meta pause every template of a language, and the desk hear of it."""
    for content in twilio.contents:
        if content.language == language and content.category:
            twilio.decide(content.sid, "paused")
    templates.refresh_statuses(utc_now())


def sent(twilio: PretendTwilio, who: Person) -> Sent:
    """Return what Twilio took last for somebody."""
    return twilio.sent_to(who.phone)[-1]


def how(desk: Desk, who: Person, job: Job, kind: str) -> list[str]:
    """Return how each attempt at a message said it, as the API shows it."""
    shown = desk.call("GET", f"/api/messages/{desk.message(who, job, kind).id}")
    return [attempt["sent_as"] for attempt in shown["attempts"]]


def test_who_has_never_written_is_offered_a_job_by_template(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
    job = desk.asks()
    offer = sent(pushed, ada)
    assert (offer.content_sid is not None, how(desk, ada, job, "offer")) == (True, ["template"])
    assert offer.body.startswith("New inspection: ")
    assert job["code"] in offer.body
    assert [(title, payload.partition(":")[0]) for title, payload in offer.actions] == [("YES", "yes"), ("NO", "no")]


def test_who_has_written_lately_gets_a_text_or_buttons(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
    desk.says(ada, "help")
    assert (sent(pushed, ada).content_sid, sent(pushed, ada).actions) == (None, ())
    job = desk.asks()
    assert how(desk, ada, job, "offer") == ["buttons"]
    assert [title for title, _ in sent(pushed, ada).actions] == ["YES", "NO"]


def test_a_day_later_the_window_is_closed(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
    desk.says(ada, "help")
    desk.wait(hours=25)
    assert how(desk, ada, desk.asks(), "offer") == ["template"]


def test_a_visit_by_buttons_alone(desk: Desk, pushed: PretendTwilio, ada: Person, bisi: Person) -> None:
    """YES on the offer, CONFIRM on the details, BEGIN and COMPLETE on the reminder."""
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


def taps(desk: Desk, twilio: PretendTwilio, who: Person, title: str, on: Sent | None = None) -> list[str]:
    """Let somebody tap a button on what they got last, or before; return the news that they get for it."""
    message = on or sent(twilio, who)
    payload = next(payload for said, payload in message.actions if said == title)
    return desk.says(who, title, tapping=payload, quoting=message.sid)


@pytest.mark.parametrize("quotes", [True, False], ids=["with the quote", "after seven days, without it"])
def test_a_tap_on_an_old_button_gets_the_truth(
    desk: Desk, pushed: PretendTwilio, ada: Person, bisi: Person, quotes: bool
) -> None:
    """Taken, moved, cancelled; and what else is open."""
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


def test_twilio_says_too_late_that_the_window_is_closed(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
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


def test_a_french_agent_is_written_to_in_french(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
    desk.changes(ada, language="fr-CI")
    job = desk.asks()
    assert sent(pushed, ada).body.startswith("Nouvelle inspection")
    assert taps(desk, pushed, ada, "OUI") == ["assigned"]
    assert desk.says(ada, f"confirmer {job['code']}") == ["approved"]


def test_what_is_not_approved_in_their_language_is_said_in_english(
    desk: Desk, pushed: PretendTwilio, ada: Person
) -> None:
    pause(pushed, "pt_BR")
    desk.changes(ada, language="pt")
    job = desk.asks()
    assert how(desk, ada, job, "offer") == ["template"]
    assert sent(pushed, ada).body.startswith("New inspection: ")
    assert "segunda" not in sent(pushed, ada).body
    assert "day " in sent(pushed, ada).body  # the date is English, too


def test_what_nothing_can_carry_is_parked_and_goes_out_when_it_can(
    desk: Desk, twilio: PretendTwilio, ada: Person
) -> None:
    list(templates.push(utc_now()))  # nobody has approved any of it
    job = desk.asks()
    offer = desk.message(ada, job, "offer")
    assert (offer.status, offer.error, twilio.sent_to(ada.phone)) == ("parked", text_or_template.CLOSED, [])
    [listed] = [row for row in desk.call("GET", "/api/messages/?status=parked") if row["id"] == str(offer.id)]
    assert listed["error"] == text_or_template.CLOSED
    decide(twilio, "approved")
    desk.call("POST", f"/api/messages/{offer.id}/retry")
    assert how(desk, ada, job, "offer") == ["template"]


def test_without_templates_all_is_text(desk: Desk, twilio: PretendTwilio, ada: Person) -> None:
    """As with Twilio's sandbox number: nobody can have templates there."""
    job = desk.asks()
    assert (how(desk, ada, job, "offer"), sent(twilio, ada).content_sid) == (["text"], None)


def test_a_template_that_is_paused_serves_no_more(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
    """63041 by receipt, before anybody has looked."""
    job = desk.asks()
    report(sent(pushed, ada), "failed", 63041)
    offer = Template.by_content(sent(pushed, ada).content_sid)
    assert (offer.key, offer.status) == ("offer", "paused")
    goes_on(desk, ada, job)  # there is no other language than English: a person of ours has to see to it
    assert (desk.message(ada, job, "offer").status, desk.message(ada, job, "offer").error) == (
        "parked",
        text_or_template.CLOSED,
    )
    desk.asks()
    assert Message.objects(phone=ada.phone, kind="offer").order_by("-id").first().status == "parked"


def goes_on(desk: Desk, who: Person, job: Job) -> None:
    """Let the wait for another attempt at an offer be over."""
    ripen(desk.message(who, job, "offer"))
    desk.sweep()


def test_what_a_paused_template_did_not_carry_is_said_in_the_next_language(
    desk: Desk, pushed: PretendTwilio, ada: Person
) -> None:
    desk.changes(ada, language="fr")
    job = desk.asks()
    report(sent(pushed, ada), "failed", 63041)
    goes_on(desk, ada, job)
    assert how(desk, ada, job, "offer") == ["template", "template"]
    assert sent(pushed, ada).body.startswith("New inspection: ")
    assert desk.message(ada, job, "offer").status == "accepted"


def test_the_client_is_told_by_template(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
    job = approved(desk, ada)
    told = sent(pushed, client_of(job))
    assert (told.content_sid is not None, told.body.startswith("Hello ")) == (True, True)
    assert ada.phone in told.body


def test_a_look_up_knows_a_template_by_what_it_said(desk: Desk, pushed: PretendTwilio, ada: Person) -> None:
    """Twilio keeps the rendered text: an attempt of which no answer came is found by it, and not repeated."""
    pushed.faults.set(ada.phone, FaultKind.CUT_ACCEPTED, count=1)
    desk.changes(ada, language="fr")
    pause(pushed, "fr")  # so that what is said is not what was written
    job = desk.asks()
    offer = desk.message(ada, job, "offer")
    assert (offer.status, offer.text.startswith("Nouvelle")) == ("unknown", True)
    goes_on(desk, ada, job)
    assert desk.message(ada, job, "offer").status == "accepted"
    assert len(pushed.sent_to(ada.phone)) == 1
