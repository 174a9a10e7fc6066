"""Senders: whose message a form is."""

from typing import Any

import pytest

from dispatch.actions.inbox import arrivals, handling, senders
from dispatch.actions.people import addresses
from dispatch.models import Agent, Contact, Message, Offer
from dispatch.models.base.record import utc_now
from sandbox.twilio import PretendTwilio
from tests.bodies import SENDER
from tests.builders import an_agent, an_inbound_form
from tests.tables import each_row
from tests.talking import DirectTalk

HIDDEN = "NG.13491208655302"
PARENT = "NG.ENT.13491208655302"


def handled(**form: str) -> None:
    """Let somebody write."""
    posted = an_inbound_form(**{"Body": "hello", **form})
    arrivals.save(posted)
    handling.handle(Message.objects.get(twilio_sid=posted["MessageSid"]).id)


def key_of(**form: str) -> str | None:
    return senders.key_of(an_inbound_form(**form))


@each_row(
    ("form", "whose"),
    [
        pytest.param({"OriginalRepliedMessageSid": "{offer}"}, "ada", id="quotes our message"),
        pytest.param(
            {"OriginalRepliedMessageSid": "{offer}", "OriginalRepliedMessageSender": f"whatsapp:{SENDER}"},
            "ada",
            id="quotes our message, with its sender",
        ),
        pytest.param(
            {"OriginalRepliedMessageSid": "{offer}", "Forwarded": "false", "FrequentlyForwarded": "false"},
            "ada",
            id="is not forwarded",
        ),
        pytest.param({"ButtonPayload": "{payload}"}, "ada", id="taps a button of ours"),
        pytest.param({"OriginalRepliedMessageSid": "{offer}", "Forwarded": "true"}, "nobody", id="is forwarded"),
        pytest.param(
            {"OriginalRepliedMessageSid": "{offer}", "FrequentlyForwarded": "true"}, "nobody", id="is forwarded often"
        ),
        pytest.param(
            {"OriginalRepliedMessageSid": "{offer}", "OriginalRepliedMessageSender": "whatsapp:+2348031234567"},
            "nobody",
            id="quotes a message of a person",
        ),
        pytest.param({"OriginalRepliedMessageSid": "{help}"}, "nobody", id="quotes a message to us"),
        pytest.param({"OriginalRepliedMessageSid": "SM" + "0" * 32}, "nobody", id="quotes an unknown message"),
        pytest.param({"ButtonPayload": "yes:1.1.1.65f000000000000000000000"}, "nobody", id="an offer of nobody"),
        pytest.param({"ButtonPayload": "yes"}, "nobody", id="a payload of somebody else"),
        pytest.param({}, "nobody", id="answers nothing"),
    ],
)
def test_unknown_user_id_is_the_recipient_only_of_a_message_that_it_answers(
    twilio: PretendTwilio, form: dict[str, str], whose: str
) -> None:
    Agent.objects.delete()
    talk, agent = DirectTalk(twilio), an_agent()
    job = talk.offer()
    talk.say(agent, "help")
    offer = Offer.objects.get(job=job.id, agent=agent.id)
    names = {
        "offer": talk.sid_of(agent, job),
        "help": Message.objects.get(direction="inbound", agent=agent.id).twilio_sid,
        "payload": f"yes:{job.id}.1.1.{offer.id}",
    }
    user_id = f"NG.{agent.phone[-9:]}"
    given = {name: value.format(**names) for name, value in form.items()}
    found = key_of(From=f"whatsapp:{user_id}", **given)
    assert found == (agent.phone if whose == "ada" else user_id)
    assert bool(Contact.of_ids(user_id)) == (whose == "ada")


def test_known_user_id_stays_its_person_when_it_quotes_a_message_to_another(twilio: PretendTwilio) -> None:
    ada, bisi, talk = an_agent(), an_agent(name="Bisi"), DirectTalk(twilio)
    job = talk.offer()
    handled(phone=ada.phone, ExternalUserId=f"whatsapp:{HIDDEN}")
    assert key_of(From=f"whatsapp:{HIDDEN}", OriginalRepliedMessageSid=talk.sid_of(bisi, job)) == ada.phone


def test_parent_id_alone_is_the_person_once_it_came_with_their_number(twilio: PretendTwilio) -> None:
    ids = {"ExternalUserId": f"whatsapp:{HIDDEN}", "ParentExternalUserId": f"whatsapp:{PARENT}"}
    handled(phone="+2348031234567", **ids)
    row = Contact.objects.get(phone="+2348031234567")
    assert (row.user_id, row.parent_id, row.wa_id) == (HIDDEN, PARENT, "2348031234567")
    assert key_of(From=f"whatsapp:{PARENT}") == "+2348031234567"
    assert key_of(From="whatsapp:NG.2", ParentExternalUserId=f"whatsapp:{PARENT}") == "+2348031234567"


def test_user_id_that_twilio_gives_with_another_number_belongs_to_the_latest(twilio: PretendTwilio) -> None:
    first, second = an_agent(), an_agent(name="Bisi")
    for agent in (first, second, second):
        handled(phone=agent.phone, ExternalUserId=f"whatsapp:{HIDDEN}")
    assert key_of(From=f"whatsapp:{HIDDEN}") == second.phone
    assert [Contact.objects.get(phone=agent.phone).user_id for agent in (first, second)] == [None, HIDDEN]
    assert [Agent.get(agent.id).phone for agent in (first, second)] == [first.phone, second.phone]


def test_messages_of_an_unknown_user_id_become_those_of_its_number(twilio: PretendTwilio) -> None:
    handled(From=f"whatsapp:{HIDDEN}")
    assert Message.objects(phone=HIDDEN).count() > 0
    handled(phone="+2348031234567", ExternalUserId=f"whatsapp:{HIDDEN}")
    assert (Message.objects(phone=HIDDEN).count(), Contact.objects(phone=HIDDEN).count()) == (0, 0)
    assert Message.objects(phone="+2348031234567", direction="inbound").count() == 2


def test_message_that_arrived_before_its_user_id_was_linked_is_the_agents(twilio: PretendTwilio) -> None:
    agent = an_agent()
    posted: dict[str, Any] = an_inbound_form(From=f"whatsapp:{HIDDEN}", Body="help")
    arrivals.save(posted)
    addresses.link(HIDDEN, agent.phone, utc_now())
    message = Message.objects.get(direction="inbound")
    handling.handle(message.id)
    assert Message.get(message.id).agent == agent.id
