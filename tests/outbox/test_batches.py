"""Batches: messages are leased and saved together, but an event of one message affects only that message."""

from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from dispatch import redis_client
from dispatch.actions.outbox import outcomes, post
from dispatch.channels.whatsapp import pacing
from dispatch.channels.whatsapp.client import Outcome, Result
from dispatch.models import Message
from dispatch.models.base.record import utc_now
from dispatch.models.message.batched import Outgoing
from dispatch.models.message.outbound import MAX_MISHAPS
from dispatch.rules.outbox.states import Lane, MessageState
from sandbox.twilio import PretendTwilio
from tests.bodies import SENDER
from tests.builders import a_phone, ready_to_send
from tests.pretending import a_message, hinted, now_of, send, set_pace, states

pytestmark = pytest.mark.usefixtures("stores_clean")


def leased(*messages: Message) -> list[Outgoing]:
    """Lease these messages for their POSTs."""
    going = ready_to_send(*(each.id for each in messages), now=utc_now())
    return Message.lease([replace(each, sender=SENDER) for each in going], utc_now())


def note(going: list[Outgoing], result: Result, code: int | None = None) -> None:
    """Save the same outcome for all of them."""
    sids = {each.id: sid_of(each) for each in going if result == Result.ACCEPTED}
    answered = [(each, Outcome(result, sids.get(each.id), code, http_status=400)) for each in going]
    outcomes.record_all(answered, utc_now())


def sid_of(message: Message | Outgoing) -> str:
    """Return the SID that these tests give to a message."""
    return f"SM{message.id}"


def test_an_answer_after_the_lease_ended_makes_a_look_up_needless(twilio: PretendTwilio) -> None:
    """A sweep has marked the message as unknown before Twilio's answer arrived."""
    late, other = a_message(), a_message()
    going = leased(late, other)
    Message.outcome(late.id, 1, MessageState.UNKNOWN, utc_now(), again_at=utc_now())
    note(going, Result.ACCEPTED)
    assert [states(each) for each in (late, other)] == [("accepted", ["accepted"])] * 2
    assert now_of(late).twilio_sid == sid_of(late)


def test_a_receipt_before_the_answer_keeps_its_higher_state(twilio: PretendTwilio) -> None:
    fast, other = a_message(), a_message()
    going = leased(fast, other)
    Message.outcome(fast.id, 1, MessageState.DELIVERED, utc_now(), sid=sid_of(fast))
    note(going, Result.ACCEPTED)
    assert [states(each)[0] for each in (fast, other)] == ["delivered", "accepted"]


def test_an_answer_takes_its_sid_back_from_a_message_that_a_look_up_guessed(twilio: PretendTwilio) -> None:
    """A look-up had to guess between two messages with the same text. Twilio's answer corrects the guess."""
    guessed, theirs, other = (a_message() for _ in range(3))
    leased(guessed)
    Message.outcome(guessed.id, 1, MessageState.ACCEPTED, utc_now(), sid=sid_of(theirs))
    note(leased(theirs, other), Result.ACCEPTED)
    assert [states(each)[0] for each in (guessed, theirs, other)] == ["unknown", "accepted", "accepted"]


def test_a_message_that_waits_for_one_of_a_batch_is_enqueued_when_that_is_accepted(twilio: PretendTwilio) -> None:
    phone = a_phone()
    first, behind, other = a_message(phone=phone), a_message(phone=phone), a_message()
    going = leased(first, other)
    send(behind)
    assert states(behind)[0] == "queued"
    note(going, Result.ACCEPTED)
    assert hinted("replies") == [[str(behind.id)]]


def test_an_error_while_one_outcome_is_saved_does_not_affect_the_others(twilio: PretendTwilio) -> None:
    broken, other = a_message(), a_message()
    going = leased(broken, other)
    Message.collection().update_one({"_id": broken.id}, {"$set": {"attempts": [{"n": 1}]}, "$inc": {"revision": 1}})
    with pytest.raises(KeyError):
        note(going, Result.REFUSED, code=21211)
    assert states(other) == ("failed", ["failed"])


def test_a_message_that_another_worker_sent_since_it_was_read_is_not_leased(twilio: PretendTwilio) -> None:
    """Another worker's attempt has failed, so the message is queued again: it must be read again first."""
    message = a_message()
    read = ready_to_send(message.id, now=utc_now())
    leased(message)
    Message.outcome(message.id, 1, MessageState.FAILED, utc_now(), again_at=utc_now() - timedelta(seconds=1))
    assert Message.lease(read, utc_now()) == []
    assert [each.n for each in leased(message)] == [2]


def test_a_message_without_a_slot_gets_one_in_the_next_batch(
    twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker reserves one of the slots that were free."""
    set_pace(monkeypatch, 200)
    reserve = pacing.reserve

    def after_another(lane: str, sender: str, most: int, within: float) -> list[float]:
        return reserve(lane, sender, 1, within) and reserve(lane, sender, most, within)[: max(1, most - 1)]

    monkeypatch.setattr(pacing, "reserve", after_another)
    messages = [a_message() for _ in range(12)]
    send(*messages)
    assert [states(each)[0] for each in messages] == ["accepted"] * 12


@pytest.mark.parametrize("lacks", ["text", "kind"])
def test_a_message_without_a_needed_field_is_parked_and_the_others_are_sent(twilio: PretendTwilio, lacks: str) -> None:
    poison, others = a_message(), [a_message() for _ in range(5)]
    Message.collection().update_one({"_id": poison.id}, {"$unset": {lacks: 1}})
    for _ in range(MAX_MISHAPS):
        with pytest.raises(TypeError, match="missing"):
            send(poison, *others)
    assert now_of(poison).status == "parked"
    assert {sent.phone for sent in twilio.outbox} == {each.phone for each in others}


def test_a_person_whose_earlier_message_is_invalid_does_not_stop_other_people(twilio: PretendTwilio) -> None:
    """The invalid message is not in this chunk."""
    phone = a_phone()
    poison, behind, others = a_message(phone=phone), a_message(phone=phone), [a_message() for _ in range(5)]
    Message.collection().update_one({"_id": poison.id}, {"$set": {"attempts": [{"n": 1}]}})
    with pytest.raises(KeyError):
        send(behind, *others)
    assert {sent.phone for sent in twilio.outbox} == {each.phone for each in others}


def test_an_answer_that_cannot_be_saved_leaves_the_others_saved(twilio: PretendTwilio) -> None:
    poison, *others = (a_message() for _ in range(3))
    going = [replace(each, attempts=[{"n": 1}]) if each.id == poison.id else each for each in leased(poison, *others)]
    with pytest.raises(KeyError):
        note(going, Result.ACCEPTED)
    assert [states(each)[0] for each in others] == ["accepted", "accepted"]


def test_a_message_that_missed_its_slot_reserves_another(
    twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a delayed process would send at the same time as those who reserved the present slots."""
    set_pace(monkeypatch, 20)
    first, second = leased(a_message(), a_message())
    pacing.reserve(Lane.REPLIES, SENDER, 20, 0.2)
    held_by_then = redis_client.client().get(f"dispatch:pace:{SENDER}:all")
    post._post(first, post.clock())
    assert redis_client.client().get(f"dispatch:pace:{SENDER}:all") == held_by_then
    slot, began = pacing.free_slots(Lane.REPLIES, SENDER, 1, post.LONGEST)[1], post.clock()
    post._post(second, began - post.LATE)
    assert float(redis_client.client().get(f"dispatch:pace:{SENDER}:all")) == pytest.approx(
        float(held_by_then) + 1 / 20, abs=1e-5
    )
    assert post.clock() - began > slot / 2
    assert len(twilio.outbox) == 2


def test_a_message_that_missed_its_slot_is_sent_without_redis(
    twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is leased: if it were not sent, it would have to be looked up."""
    [message] = leased(a_message())
    with monkeypatch.context() as away:
        away.setattr(redis_client, "client", lambda: redis.Redis(port=1))
        assert post._post(message, post.clock() - 1).result == Result.ACCEPTED
