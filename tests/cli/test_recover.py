"""`flask recover-inbound`: messages from an outage act once, in the order in which they were written."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from dispatch import redis_client, shelf
from dispatch.actions.clock import sweep
from dispatch.actions.inbox import arrivals, handling, rescue
from dispatch.actions.jobs import claims
from dispatch.channels.whatsapp import client
from dispatch.models import Agent, Message
from dispatch.models.base.record import object_id, server_now, utc_now
from sandbox import embedded
from sandbox.twilio import PretendTwilio
from sandbox.twilio.faults import FaultKind
from tests.bodies import SENDER
from tests.builders import an_agent, an_inbound_form
from tests.cli.conftest import Flask_
from tests.lifetime import ageing
from tests.pretending import hinted
from tests.talking import DirectTalk, status
from tests.waiting import until

NOBODY = f"http://127.0.0.1:{embedded.free_port()}/api/webhooks/twilio/whatsapp"


class NightTalk(DirectTalk):
    """A desk that is off: messages arrive at Twilio only."""

    def lost(self, who: Agent, text: str, **said: str) -> str:
        """Let somebody write whom no webhook brings; return the SID."""
        self.twilio.inbound_url = NOBODY
        told = self.twilio.say(who.phone, text, **said)
        assert told.status is None
        return told.sid

    def grow_older(self, **time: float) -> None:
        """Let time pass, here and at Twilio."""
        ageing.grow_older(timedelta(**time))
        self.twilio.grow_older(timedelta(**time))

    def wake(self) -> None:
        """Do all that is hinted at."""
        ids = hinted("inbox")
        redis_client.client().delete("inbox")
        for message_id in ids:
            handling.handle(object_id(message_id))
        self.work()


@pytest.fixture
def night(twilio: PretendTwilio) -> NightTalk:
    """A desk that is off."""
    return NightTalk(twilio)


@pytest.fixture
def ada(night: NightTalk) -> Agent:
    """An agent."""
    return an_agent(name="Ada")


@pytest.fixture
def bisi(night: NightTalk) -> Agent:
    """Another one."""
    return an_agent(name="Bisi")


def test_recovered_yes_wins_once_and_the_earliest_comes_first(
    night: NightTalk, ada: Agent, bisi: Agent, flask: Flask_
) -> None:
    job = night.offer()
    night.grow_older(minutes=5)
    first = night.lost(bisi, "YES")
    night.grow_older(seconds=3)
    second = night.lost(ada, "YES")
    night.grow_older(minutes=1)

    would = flask("recover-inbound", "--dry-run")
    assert would.exit_code == 0
    assert [line.split()[0] for line in would.stdout.splitlines()[:2]] == [first, second]
    assert would.stdout.endswith("2 listed, 0 known, 2 to be recovered\n")
    assert Message.objects(direction="inbound").count() == 0

    assert flask("recover-inbound").stdout.endswith("2 listed, 0 known, 2 recovered\n")
    night.wake()
    assert status(job) == ("assigned", bisi.id)

    assert flask("recover-inbound").stdout.endswith("2 listed, 2 known, 0 recovered\n")
    assert hinted("inbox") == []


def test_recovered_messages_of_one_second_keep_twilios_order_and_come_after_received_ones(
    night: NightTalk, ada: Agent, bisi: Agent, flask: Flask_
) -> None:
    night.offer()
    night.grow_older(minutes=5)
    sids = [night.lost(who, "YES") for who in (bisi, ada)]
    moment = utc_now().replace(microsecond=0) - timedelta(minutes=1)
    for sid in sids:
        night.twilio._exchange.ledger.get(sid).sent_at = moment + timedelta(milliseconds=400)
    heard = an_inbound_form(phone=an_agent(name="Chi").phone, Body="YES")
    arrivals.save(heard, received_at=moment + timedelta(milliseconds=700))
    flask("recover-inbound")
    in_order = Message.objects(direction="inbound").order_by("received_at", "id")
    assert [message.twilio_sid for message in in_order] == [heard["MessageSid"], *sids]


def test_message_that_also_comes_by_webhook_acts_once(
    night: NightTalk, ada: Agent, flask: Flask_, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = night.offer()
    # A webhook of a later second than Twilio's listing counts from the listed one's end, as if it were taken in.
    until(lambda: utc_now().microsecond < 300_000, 5, "the first part of a second", every=0.01)
    sid = night.lost(ada, f"YES {job.code}")
    form, shelve = an_inbound_form(phone=ada.phone, Body=f"YES {job.code}", MessageSid=sid), shelf.keep_inbound

    def webhook_first(forms: list[Any]) -> None:
        arrivals.save(form)
        shelve(forms)

    monkeypatch.setattr(shelf, "keep_inbound", webhook_first)
    assert flask("recover-inbound").stdout.endswith("1 listed, 1 known, 0 recovered\n")
    night.wake()
    assert status(job) == ("assigned", ada.id)
    night.grow_older(days=1)
    arrivals.save(form)
    night.wake()
    assert Message.objects(direction="inbound").count() == 1
    assert {message.kind for message in Message.objects(direction="outbound")} == {"offer", "assigned"}
    assert Message.objects(direction="outbound").count() == 2


def test_claim_during_a_recovery_waits_for_the_recovered_messages(
    night: NightTalk, ada: Agent, bisi: Agent, flask: Flask_, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bisi wrote during the outage. Ada's YES comes while Bisi's is being saved; after a kill, a sweep saves it."""
    job = night.offer()
    night.grow_older(minutes=5)
    night.lost(bisi, "YES")
    night.grow_older(minutes=1)

    def killed() -> int:
        raise SystemExit(9)

    with monkeypatch.context() as amid:
        amid.setattr(rescue, "save_messages", killed)
        assert flask("recover-inbound").exit_code == 9
    handling.handle(night.hear(ada.phone, "YES").id)
    with pytest.raises(claims.NotYet):
        claims.settle(job.id, server_now() + timedelta(seconds=1))
    sweep.sweep(utc_now())
    night.wake()
    assert status(job) == ("assigned", bisi.id)


def test_only_inbound_messages_since_the_moment_are_read_page_by_page(
    night: NightTalk, ada: Agent, flask: Flask_, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 2)
    old = night.lost(ada, "HELP")
    night.grow_older(hours=50)
    sids = [night.lost(ada, f"HELP {n}") for n in range(5)]
    night.offer()  # what we sent ourselves is none of it, and if it were to ourselves
    client.send(SENDER, SENDER, "To ourselves", ObjectId(), 1)
    night.twilio.outbox[-1].sent_at = utc_now()
    assert flask("recover-inbound", "--dry-run").stdout.count("\n") == 6
    assert flask("recover-inbound", "--since", "2020-01-01").stdout.endswith("6 listed, 0 known, 6 recovered\n")
    arrived = Message.objects(direction="inbound").order_by("received_at", "id")
    assert [message.twilio_sid for message in arrived] == [old, *sids]
    assert arrived[0].form == {"From": f"whatsapp:{ada.phone}", "NumMedia": "0", "To": f"whatsapp:{SENDER}"}


def test_without_a_moment_it_starts_a_day_before_the_last_known_message(
    night: NightTalk, ada: Agent, flask: Flask_
) -> None:
    night.hear(ada.phone, "HELP")
    night.grow_older(hours=30)
    lost = night.lost(ada, "YES")
    night.grow_older(hours=60)
    assert flask("recover-inbound").stdout.splitlines()[0].startswith(lost)


@pytest.mark.parametrize("since", ["yesterday", "2027-13-01"])
def test_invalid_moment_is_refused(flask: Flask_, since: str) -> None:
    told = flask("recover-inbound", "--since", since)
    assert (told.exit_code, "must be a moment such as" in told.stderr) == (2, True)


def test_twilio_that_does_not_answer_gives_exit_code_2(night: NightTalk, ada: Agent, flask: Flask_) -> None:
    night.lost(ada, "YES")
    night.twilio.faults.set("*", FaultKind.LOOKUP_500)
    told = flask("recover-inbound")
    assert (told.exit_code, told.stderr) == (2, "Error: Twilio could not be asked: TwilioException.\n")
    assert Message.objects(direction="inbound").count() == 0
