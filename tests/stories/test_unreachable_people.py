"""Twilio's errors about a number, a sender or an account: unreachable people get nothing, operations are notified."""

import pytest

from dispatch import redis_client
from dispatch.actions.outbox import outcomes
from dispatch.channels.whatsapp.client import Outcome, Result
from dispatch.models import Client, Contact, Message
from sandbox.twilio import PretendTwilio
from sandbox.twilio.faults import FaultKind
from tests.office import Office
from tests.pretending import report, ripen
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned


@pytest.mark.parametrize("code", [63003, 63024])
def test_agent_without_whatsapp_gets_nothing_until_they_write(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, bisi: Person, code: int
) -> None:
    job = desk.asks()
    report(twilio.sent_to(ada.phone)[-1], "undelivered", code)
    desk.work()
    shown = desk.call("GET", f"/api/agents/{ada.id}")
    assert (shown["status"], shown["unreachable"]) == ("active", True)
    assert desk.offers(job) == {(1, ada.phone): "closed", (1, bisi.phone): "open"}
    desk.no_news()
    second = desk.asks()
    assert (desk.news(ada), desk.news(bisi)) == ([], ["offer"])
    why = desk.call("GET", f"/api/jobs/{second['id']}/agents/{ada.phone.replace('+', '%2B')}")
    assert (why["because"], "can't be reached" in why["explanation"]) == ("agent_unavailable", True)
    assert sorted(desk.says(ada, "I am back")) == ["help_agent", "offer", "offer"]
    assert desk.call("GET", f"/api/agents/{ada.id}")["unreachable"] is False
    assert desk.says(ada, f"yes {second['code']}") == ["assigned"]


def test_number_saved_again_by_put_is_tried_again(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    twilio.faults.set(ada.phone, FaultKind.REFUSED, code=21211, count=1)
    desk.asks()
    assert desk.call("GET", f"/api/agents/{ada.id}")["unreachable"] is True
    desk.changes(ada)
    assert desk.call("GET", f"/api/agents/{ada.id}")["unreachable"] is False
    assert desk.news(ada) == ["offer"]


def test_job_of_an_unreachable_agent_needs_attention(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, bisi: Person
) -> None:
    job = assigned(desk, ada)
    report(twilio.sent_to(ada.phone)[-1], "failed", 63024)
    desk.work()
    assert desk.attention(job) == "agent_inactive"
    desk.says(ada, f"confirm {job['code']}")
    assert (desk.attention(job), desk.stands(job)) == (None, ("approved", ada.phone))


def test_unreachable_client_gets_nothing_until_they_write(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    job = approved(desk, ada)
    client = client_of(job)
    report(twilio.sent_to(client.phone)[-1], "failed", 63024)
    desk.work()
    path = f"/api/clients/{job['client_id']}"
    assert desk.call("GET", path)["unreachable"] is True
    desk.wait_for(job, "reminder")
    assert "reminder_client" not in desk.told(client)
    assert desk.told(ada)[-1] == "reminder_agent"
    assert desk.says(client, "hello?") == ["client_reply"]
    assert (desk.call("GET", path)["unreachable"], Client.known(job["client_id"]).unreachable_at) == (False, None)


def test_person_who_had_blocked_us_and_writes_is_reached_at_once(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    """A block is no opt-out. WhatsApp delivers no message of theirs before they have unblocked us."""
    job = approved(desk, ada)
    client = client_of(job)
    for who in (ada, client):
        report(twilio.sent_to(who.phone)[-1], "failed", 63014)
    desk.work()
    agent_path, client_path = f"/api/agents/{ada.id}", f"/api/clients/{job['client_id']}"
    for path in (agent_path, client_path):
        shown = desk.call("GET", path)
        assert (shown["opted_out"], shown["unreachable"]) == (False, True)
        assert "out" not in [each["what"] for each in shown["consents"]]
    desk.asks()
    assert desk.news(ada) == []
    assert desk.says(ada, "hello") == ["help_agent", "offer"]
    assert desk.says(client, "hello") == ["client_reply"]
    assert [desk.call("GET", path)["unreachable"] for path in (agent_path, client_path)] == [False, False]


def test_failure_that_is_reported_after_the_person_has_written_makes_nobody_unreachable(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    client = client_of(approved(desk, ada))
    for who in (ada, client):
        desk.says(who, "hello")
        Contact.objects(phone=who.phone).update(heard_at=desk.clock.now())  # MongoDB's clock is behind the story's
        late = Message.objects(phone=who.phone, direction="outbound").order_by("id").first()
        [sent] = [each for each in twilio.sent_to(who.phone) if each.sid == late.twilio_sid]
        report(sent, "failed", 63014)
    desk.work()
    assert desk.call("GET", f"/api/agents/{ada.id}")["unreachable"] is False
    assert desk.call("GET", f"/api/clients/{client.id}")["unreachable"] is False


def test_receipt_about_an_old_number_does_not_affect_the_new_number(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    """A receipt that arrives after the number has changed is about the old number."""
    desk.asks()
    old = twilio.sent_to(ada.phone)[-1]
    desk.call("PUT", f"/api/agents/{ada.id}", {"name": "Ada", "phone": "+2348039990001"})
    report(old, "failed", 63024)
    desk.work()
    assert desk.call("GET", f"/api/agents/{ada.id}")["unreachable"] is False


@pytest.mark.parametrize(
    ("code", "advice"), [(63007, "alert"), (63051, "alert"), (21656, "bug"), (63038, "next_day"), (20003, "mend")]
)
def test_error_beyond_one_message_raises_one_alarm_in_ten_minutes(
    desk: StoryDesk, twilio: PretendTwilio, office: Office, ada: Person, bisi: Person, code: int, advice: str
) -> None:
    twilio.faults.set("*", FaultKind.REFUSED, code=code)
    desk.asks()
    [alarm] = [each for each in office.alarms if each["event"] == "messages_fail"]
    assert (alarm["code"], alarm["advice"]) == (str(code), advice)
    assert str(code) in alarm["text"]
    assert ada.phone not in str(office.alarms)
    desk.asks()
    assert len([each for each in office.alarms if each["event"] == "messages_fail"]) == 1
    [mark] = redis_client.client().keys("dispatch:alarm:twilio:*")
    assert 590 < redis_client.client().ttl(mark) <= 600


def test_error_about_one_person_raises_no_alarm(
    desk: StoryDesk, twilio: PretendTwilio, office: Office, ada: Person, bisi: Person
) -> None:
    twilio.faults.set(ada.phone, FaultKind.REFUSED, code=21211)
    desk.asks()
    assert [each for each in office.alarms if each["event"] == "messages_fail"] == []


@pytest.mark.parametrize(
    ("code", "soonest", "latest"),
    [
        pytest.param(63018, 14 * 60, 16 * 60, id="the channel's limit: in a quarter of an hour"),
        pytest.param(30008, 50, 70, id="unknown cause: once more in a minute"),
        pytest.param(63012, 0, 60, id="the provider stumbled: soon"),
    ],
)
def test_temporary_failure_is_retried_after_its_wait(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, code: int, soonest: int, latest: int
) -> None:
    job = desk.asks()
    offer = desk.message(ada, job, "offer")
    report(twilio.sent_to(ada.phone)[-1], "failed", code)
    offer.reload()
    wait = (offer.not_before - desk.clock.now()).total_seconds()
    assert (offer.status, soonest < wait < latest) == ("queued", True)
    ripen(offer)
    desk.sweep()
    assert [attempt["state"] for attempt in desk.message(ada, job, "offer").attempts] == ["failed", "accepted"]
    report(twilio.sent_to(ada.phone)[-1], "failed", 30008)
    assert desk.message(ada, job, "offer").status == "failed"  # it is retried once only


def test_daily_limit_waits_for_the_next_day(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    twilio.faults.set(ada.phone, FaultKind.REFUSED, code=63038, count=1)
    offer = desk.message(ada, desk.asks("5d"), "offer")
    assert (offer.status, offer.not_before.hour, offer.not_before.minute) == ("queued", 0, 5)
    assert offer.not_before.date() > desk.clock.now().date()
    desk.wait_until(offer.not_before)
    desk.sweep()
    assert desk.news(ada) == ["offer"]


def test_suspended_agent_gets_nothing_until_the_suspension_ends(desk: StoryDesk, ada: Person) -> None:
    """They do not even get the reminder of a visit of theirs, which names the client."""
    job = approved(desk, ada)
    desk.changes(ada, status="suspended")
    desk.no_news()
    assert desk.says(ada, "help") == []
    desk.wait_for(job, "reminder")
    assert desk.news(ada) == []
    assert desk.told(client_of(job))[-1] == "reminder_client"
    desk.changes(ada, status="active")
    assert desk.says(ada, "yes") != []


def test_attempt_counts_as_failed_once_the_number_is_known_as_unreachable(desk: StoryDesk, ada: Person) -> None:
    """This happens when a worker dies between the error and the write of its message's state."""
    desk.says(ada, "help")
    message = Message.objects.get(phone=ada.phone, kind="help_agent")
    Message.collection().update_one(
        {"_id": message.id}, {"$set": {"status": "queued", "attempts.0.state": "not_found"}}
    )
    Contact.set_unreachable(ada.phone, 63024, desk.clock.now(), desk.clock.now())
    ripen(message)
    desk.sweep()
    message.reload()
    assert (message.status, message.error_code) == ("failed", 63024)


def test_bare_401_is_reported_as_an_error_of_our_credentials(desk: StoryDesk, office: Office, ada: Person) -> None:
    """A bare 401 is about our credentials, whatever code is shown for it."""
    desk.says(ada, "help")
    message = Message.objects.get(phone=ada.phone, kind="help_agent")
    outcomes.record(message, 1, Outcome(Result.REFUSED, http_status=401), desk.clock.now())
    desk.work()
    [alarm] = office.alarms
    assert (alarm["code"], alarm["advice"]) == ("401", "mend")
    assert "credentials" in alarm["text"]
