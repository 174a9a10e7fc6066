"""A person writes from WhatsApp's form of their number, or from a user id: it is the same person."""

from typing import Any

import pytest

from config.settings import settings
from dispatch.actions.inbox import recovery
from dispatch.actions.outbox import receipts
from dispatch.models import Agent, Client, Contact, Message
from dispatch.rules import phones
from dispatch.wording.catalogue import catalogue
from sandbox import embedded
from sandbox.twilio import PretendTwilio, webhooks
from tests.bodies import an_agent_body
from tests.builders import an_agent
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.tables import each_row

#: Country, the number as it is dialled, and as WhatsApp or an older plan writes it.
FORMS = [
    pytest.param("+525512340102", "+5215512340102", id="Mexico"),
    pytest.param("+5521987654321", "+552187654321", id="Brazil"),
    pytest.param("+5491158749895", "+541158749895", id="Argentina"),
    pytest.param("+2250545123456", "+22545123456", id="Ivory Coast"),
    pytest.param("+2290197123456", "+22997123456", id="Benin"),
]


RESUMED, STRANGER = (catalogue().text(name) for name in ("resumed", "stranger_reply"))


def writes(desk: StoryDesk, address: str, text: str, **more: Any) -> list[str]:
    """Let somebody write from an address. Return the texts that this address then gets."""
    before = len(desk.twilio.sent_to(address))
    assert desk.twilio.say(address, text, **more).status == 204
    desk.work()
    return [sent.body for sent in desk.twilio.sent_to(address)[before:]]


def id_of(who: Person) -> str:
    """Return the user id that Twilio gives with a person's number."""
    return phones.written_in(webhooks.user_id(who.phone)) or ""


@each_row(("dialled", "other"), FORMS)
@pytest.mark.parametrize("posted", ["dialled", "other"])
def test_agent_is_one_person_in_each_form_of_their_number(
    desk: StoryDesk, twilio: PretendTwilio, posted: str, dialled: str, other: str
) -> None:
    as_posted, written = (dialled, other) if posted == "dialled" else (other, dialled)
    agent = desk.hires("Ada", phone=as_posted)
    assert agent.phone == dialled
    job = desk.asks()
    assert job["code"] in twilio.sent_to(as_posted)[-1].body, "an agent who never wrote is reached as posted"
    told = writes(desk, written, f"YES {job['code']}")
    assert desk.stands(job) == ("assigned", dialled)
    assert job["code"] in told[-1], "the answer goes to the address that they wrote from"
    for form in (dialled, other):
        url = form.replace("+", "%2B")
        assert [row["id"] for row in desk.call("GET", f"/api/jobs/?agent_phone={url}")] == [job["id"]]
        assert [row["id"] for row in desk.call("GET", f"/api/jobs/agent/{url}/jobs")] == [job["id"]]
        assert desk.call("GET", f"/api/jobs/{job['id']}/agents/{url}")["agent_phone"] == dialled
        assert len(desk.call("GET", f"/api/messages/?agent_phone={url}")) > 2
        desk.call("POST", "/api/agents/", an_agent_body(phone=form), 409)
    assert len(writes(desk, other, "STOP")) == 1
    assert desk.call("GET", f"/api/agents/{agent.id}")["opted_out"] is True
    assert [len(writes(desk, dialled, "START")), desk.call("GET", f"/api/agents/{agent.id}")["opted_out"]] == [1, False]
    desk.does("release", job)
    desk.does("cancel", job)
    desk.call("DELETE", f"/api/agents/{agent.id}", expect=204)


def test_client_is_one_person_in_each_form_of_their_number(desk: StoryDesk, ada: Person) -> None:
    job = desk.asks(client__phone="+552187654321")
    assert client_of(job).phone == "+5521987654321"
    desk.says(ada, f"YES {job['code']}")
    assert len(writes(desk, "+5521987654321", "STOP")) == 1
    assert desk.call("GET", f"/api/clients/{job['client_id']}")["opted_out"] is True
    desk.says(ada, f"CONFIRM {job['code']}")
    assert desk.told(Person("", "+552187654321")) == []


def test_people_stored_by_version_0_2_0_are_found_in_each_form(desk: StoryDesk, twilio: PretendTwilio) -> None:
    """Nobody has run `flask migrate` yet: the numbers are stored as they were written."""
    old, key = "+552187654321", "+5521987654321"
    agent = an_agent(phone=old)
    job = desk.asks(client__client_id="old")
    Client.objects(client_id="old").update(set__phone="+541158749895")
    assert len(writes(desk, old, f"YES {job['code']}")) == 1
    assert desk.stands(job) == ("assigned", key)
    assert Agent.get(agent.id).phone == key
    writes(desk, "+5491158749895", "STOP")
    assert desk.call("GET", "/api/clients/old")["opted_out"] is True
    assert {phones.key_of(each.phone) == each.phone for each in Message.objects} == {True}


def test_user_id_alone_is_the_person_once_it_came_with_their_number(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    hidden = id_of(ada)
    desk.says(ada, "help")
    job = desk.asks()
    told = writes(desk, hidden, f"YES {job['code']}")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert job["code"] in told[-1]
    assert Message.objects(phone=hidden).count() == 0
    assert len(writes(desk, hidden, "STOP")) == 1
    assert desk.call("GET", f"/api/agents/{ada.id}")["opted_out"] is True
    assert Contact.objects.get(phone=ada.phone).address == hidden


def test_user_id_is_learned_from_a_receipt(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    job = desk.asks()
    offer = twilio.sent_to(ada.phone)[-1]
    receipts.receive({}, webhooks.receipt(offer, "delivered", None, settings().twilio.account_sid))
    writes(desk, id_of(ada), f"YES {job['code']}")
    assert desk.stands(job) == ("assigned", ada.phone)


@each_row("how", ["quotes", "taps"])
def test_unknown_user_id_that_answers_our_message_is_its_recipient(
    desk: StoryDesk, twilio: PretendTwilio, how: str
) -> None:
    agent = desk.hires("Ada")
    job = desk.asks()
    hidden = f"NG.{agent.phone[-8:]}"
    offer = desk.message(agent, job, "offer")
    more = {"quoted_sid": offer.twilio_sid} if how == "quotes" else {"payload": f"yes:{job['id']}.1.1.{offer.offer}"}
    writes(desk, hidden, "YES", **more)
    assert desk.stands(job) == ("assigned", agent.phone)
    assert Contact.objects.get(phone=agent.phone).user_id == hidden
    assert len(writes(desk, hidden, "help")) == 1, "from now on the id alone is this person"


def test_stranger_without_a_number_is_answered_at_their_id(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    job = desk.asks()
    told = writes(desk, "NG.13491208655302", f"YES {job['code']}")
    assert len(told) == 1
    assert desk.stands(job) == ("pending", None)
    shown = desk.call("GET", "/api/messages/?direction=inbound")
    assert [row["agent_phone"] for row in shown] == [None]


HIDDEN, OTHER_NUMBER = "NG.13491208655302", "+2348099990001"


@each_row("address", [HIDDEN, OTHER_NUMBER])
def test_person_who_sends_a_join_code_is_its_agent_from_then_on(
    desk: StoryDesk, twilio: PretendTwilio, address: str
) -> None:
    agent = desk.hires("Ada")
    code = desk.call("POST", f"/api/agents/{agent.id}/join-code", expect=201)["code"]
    assert writes(desk, address, f"  {code.lower()}! ") == [RESUMED]
    job = desk.asks()
    assert job["code"] in twilio.sent_to(address)[-1].body
    writes(desk, address, f"YES {job['code']}")
    shown = desk.call("GET", f"/api/agents/{agent.id}")
    assert desk.stands(job) == ("assigned", shown["phone"])
    assert shown["phone"] == (OTHER_NUMBER if address == OTHER_NUMBER else agent.phone)
    assert writes(desk, f"NG.{agent.phone[1:]}", code) == [STRANGER], "a code works once"
    desk.does("release", job)
    desk.does("cancel", job)
    desk.call("DELETE", f"/api/agents/{agent.id}", expect=204)


def test_join_code_is_refused_after_72_hours_after_a_newer_one_and_from_another_agent(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    path = f"/api/agents/{ada.id}/join-code"
    first, second = (desk.call("POST", path, expect=201)["code"] for _ in range(2))
    assert first != second
    assert writes(desk, "NG.1", first) == [STRANGER]
    assert desk.says(bisi, second) == ["help_agent"]
    desk.wait(hours=71)
    assert writes(desk, "NG.2", second) == [RESUMED]
    third = desk.call("POST", path, expect=201)["code"]
    desk.wait(hours=73)
    assert writes(desk, "NG.3", third) == [STRANGER]
    assert Agent.get(ada.id).phone == ada.phone


def test_join_code_is_not_found_by_guessing(desk: StoryDesk, ada: Person) -> None:
    code = desk.call("POST", f"/api/agents/{ada.id}/join-code", expect=201)["code"]
    for guess in ("2222", "3333", "4444", "5555", "6666"):
        writes(desk, HIDDEN, f"JOIN {guess}")
    writes(desk, HIDDEN, code)
    assert Message.objects(kind="resumed").count() == 0
    assert writes(desk, "NG.2", code) == [RESUMED]


def test_opted_out_agent_who_joins_is_opted_in(desk: StoryDesk, ada: Person) -> None:
    desk.says(ada, "STOP")
    code = desk.call("POST", f"/api/agents/{ada.id}/join-code", expect=201)["code"]
    assert writes(desk, HIDDEN, code) == [RESUMED]
    assert desk.call("GET", f"/api/agents/{ada.id}")["opted_out"] is False
    desk.call("POST", "/api/agents/nobody/join-code", expect=404)


def test_missed_messages_from_each_address_are_recovered(desk: StoryDesk, twilio: PretendTwilio) -> None:
    agent = desk.hires("Ada", phone="+525512340102")
    desk.says(agent, "help")
    inbound_url, twilio.inbound_url = twilio.inbound_url, f"http://127.0.0.1:{embedded.free_port()}/"
    first, second = desk.asks(), desk.asks()
    twilio.say("+5215512340102", f"YES {first['code']}")
    twilio.say(id_of(agent), f"YES {second['code']}")
    assert len(recovery.recover(recovery.since_last()).recovered) == 2
    desk.work()
    desk.wait(seconds=5)  # Twilio gives whole seconds, so that the claims count from the end of theirs
    desk.sweep()
    twilio.inbound_url = inbound_url
    assert [desk.stands(job) for job in (first, second)] == [("assigned", agent.phone)] * 2
