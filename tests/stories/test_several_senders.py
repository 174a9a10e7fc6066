"""Several senders and Meta's limits: each person is written to by one number, within the limits and in time."""

import pytest

from config.settings import settings
from dispatch import redis_client
from dispatch.actions.inbox import recovery
from dispatch.actions.operations import backlog
from dispatch.actions.outbox import templates, text_or_template
from dispatch.channels.whatsapp import limits
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.senders import sender_for
from dispatch.webhooks import routing
from sandbox import embedded
from sandbox.twilio import PretendTwilio
from sandbox.twilio.account import Account
from tests.bodies import SENDER
from tests.office import Office
from tests.pretending import ripen
from tests.settings import changed
from tests.stories.desk import StoryDesk
from tests.stories.people import Person
from tests.stories.ways import assigned

SECOND = "+14155230002"


@pytest.fixture
def two(twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch) -> PretendTwilio:
    """The account has two senders."""
    account: Account = twilio._exchange.account
    monkeypatch.setattr(account, "numbers", (SECOND,))
    ours = changed(twilio={"whatsapp_numbers": (SENDER, SECOND)})
    for module in (text_or_template, recovery, routing):
        monkeypatch.setattr(module, "settings", lambda: ours)
    return twilio


def restrained(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Set Meta's limits."""
    for module in (limits, backlog):
        monkeypatch.setattr(module, "settings", lambda: changed(outbox=changes))


def of(number: str) -> str:
    return f"whatsapp:{number}"


def test_each_person_is_written_to_by_one_sender_and_both_senders_are_used(desk: StoryDesk, two: PretendTwilio) -> None:
    agents = [desk.hires(f"Agent {n}") for n in range(12)]
    desk.asks(), desk.asks()
    by = {agent.phone: {sent.from_ for sent in two.sent_to(agent.phone)} for agent in agents}
    assert all(len(senders) == 1 for senders in by.values())
    assert set().union(*by.values()) == {of(SENDER), of(SECOND)}
    assert by == {agent.phone: {of(sender_for(agent.phone, (SENDER, SECOND)))} for agent in agents}


def test_reply_comes_from_the_sender_that_the_person_wrote_to(desk: StoryDesk, two: PretendTwilio, ada: Person) -> None:
    usual = sender_for(ada.phone, (SENDER, SECOND))
    other = SECOND if usual == SENDER else SENDER
    two.say(ada.phone, "help", to=other)
    desk.work()
    assert two.sent_to(ada.phone)[-1].from_ == of(other)
    desk.asks()
    assert two.sent_to(ada.phone)[-1].from_ == of(other)


def test_window_is_open_only_with_the_sender_they_wrote_to(desk: StoryDesk, two: PretendTwilio, ada: Person) -> None:
    """A sender that is no longer configured has no open windows."""
    templates.clear_cache()
    list(templates.push(utc_now()))
    for content in two.contents:
        if content.category:
            two.decide(content.sid, "approved")
    templates.refresh_statuses(utc_now())
    two.say(ada.phone, "help", to="+14155238886")
    desk.work()
    text_or_template.Contact.record_message(ada.phone, utc_now(), "+14155239999")
    desk.asks()
    assert desk.message(ada, desk.call("GET", "/api/jobs/")[0], "offer").attempts[-1]["sent_as"] == "template"
    templates.clear_cache()


def test_attempt_is_looked_up_under_its_own_sender(desk: StoryDesk, two: PretendTwilio, ada: Person) -> None:
    other = SECOND if sender_for(ada.phone, (SENDER, SECOND)) == SENDER else SENDER
    two.say(ada.phone, "help", to=other)
    desk.work()
    two.faults.set(ada.phone, "cut_accepted", count=1)
    job = desk.asks()
    offer = desk.message(ada, job, "offer")
    assert (offer.status, offer.attempts[0]["sender"]) == ("unknown", other)
    ripen(offer)
    desk.sweep()
    assert desk.message(ada, job, "offer").status == "accepted"
    assert len([sent for sent in two.sent_to(ada.phone) if job["code"] in sent.body]) == 1


def test_missed_messages_are_recovered_from_each_sender(
    desk: StoryDesk, two: PretendTwilio, ada: Person, bisi: Person
) -> None:
    two.inbound_url = f"http://127.0.0.1:{embedded.free_port()}/"
    lost = [two.say(ada.phone, "help", to=SENDER).sid, two.say(bisi.phone, "help", to=SECOND).sid]
    found = recovery.recover(recovery.since_last())
    assert {each.sid for each in found.recovered} == set(lost)
    desk.work()
    assert [two.sent_to(who.phone)[-1].from_ for who in (ada, bisi)] == [of(SENDER), of(SECOND)]


def test_messages_to_one_person_are_delayed_beyond_their_rate(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PAIR_BURST", 2)
    restrained(monkeypatch, person_interval_seconds=30.0)
    jobs = [desk.asks() for _ in range(2)]
    third = desk.asks()
    waiting = desk.message(ada, third, "offer")
    assert (len(twilio.sent_to(ada.phone)), waiting.status) == (2, "queued")
    assert 20 < (waiting.not_before - desk.clock.now()).total_seconds() <= 31
    assert desk.tasks.next_due() is not None  # a task for it is scheduled
    desk.does("cancel", third)
    assert desk.message(ada, third, "offer").status == "withdrawn"  # it no longer holds
    assert [desk.stands(job)[0] for job in jobs] == ["pending", "pending"]


def test_messaging_tier_is_kept_and_shown_and_raises_an_alarm(
    desk: StoryDesk, twilio: PretendTwilio, office: Office, ada: Person, bisi: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates.clear_cache()
    list(templates.push(utc_now()))
    for content in twilio.contents:
        if content.category:
            twilio.decide(content.sid, "approved")
    templates.refresh_statuses(utc_now())
    restrained(monkeypatch, messaging_tier=1)
    desk.says(bisi, "help")  # an open window is not counted against the tier
    job = desk.asks()
    first = desk.hires("Chidi")
    told = {who.phone: desk.message(who, job, "offer").status for who in (ada, bisi, first)}
    assert sorted(told.values()) == ["accepted", "accepted", "queued"]
    assert told[bisi.phone] == "accepted"
    assert desk.call("GET", "/health/detail")["tier"] == {"used": 1, "of": 1}
    assert [alarm["event"] for alarm in office.alarms] == ["tier_reached"]
    late = next(who for who in (ada, first) if told[who.phone] == "queued")
    offer = desk.message(late, job, "offer")
    assert 23 < (offer.not_before - desk.clock.now()).total_seconds() / 3600 <= 24
    redis_client.client().delete("dispatch:tier")  # a day later
    ripen(offer)
    desk.sweep()
    assert desk.message(late, job, "offer").status == "accepted"
    templates.clear_cache()


@pytest.mark.parametrize(("starts_in", "least", "most"), [("2h", 7100, 7200), ("3d", None, None)])
def test_validity_of_an_offer_at_twilio_ends_with_the_offer(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, starts_in: str, least: int | None, most: int | None
) -> None:
    desk.asks(starts_in)
    valid = twilio.attempts[-1].parameters.get("ValidityPeriod")
    assert valid is None if least is None else least < int(valid) <= most


def test_validity_of_a_held_offer_at_twilio_ends_with_the_hold(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    job = assigned(desk, ada)
    details = {name: value for name, value in job["client_details"].items() if value is not None}
    desk.asks("3d", client=details)
    held = twilio.attempts[-1]
    assert "We are holding it" in held.body
    minutes = settings().offers.continuity_hold_minutes
    assert 60 * minutes - 10 < int(held.parameters["ValidityPeriod"]) <= 60 * minutes


def test_message_without_a_deadline_has_twilios_default_validity(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    desk.says(ada, "help")
    assert "ValidityPeriod" not in twilio.attempts[-1].parameters
