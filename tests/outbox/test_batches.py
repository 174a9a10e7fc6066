"""Batches: what is leased and noted together is each message's own, whatever happens to one of them in between."""

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
    """Take these messages for their POSTs."""
    going = ready_to_send(*(each.id for each in messages), now=utc_now())
    return Message.lease([replace(each, sender=SENDER) for each in going], utc_now())


def note(going: list[Outgoing], result: Result, code: int | None = None) -> None:
    """Write that all of them came to the same."""
    sids = {each.id: sid_of(each) for each in going if result == Result.ACCEPTED}
    answered = [(each, Outcome(result, sids.get(each.id), code, http_status=400)) for each in going]
    outcomes.record_all(answered, utc_now())


def sid_of(message: Message | Outgoing) -> str:
    """Return Twilio's SID of what these tests send."""
    return f"SM{message.id}"


def test_an_answer_that_comes_when_it_is_thought_lost(twilio: PretendTwilio) -> None:
    """A sweep has found the lease run out, and the message is to be looked up: its answer makes that needless."""
    late, other = a_message(), a_message()
    going = leased(late, other)
    Message.outcome(late.id, 1, MessageState.UNKNOWN, utc_now(), again_at=utc_now())
    note(going, Result.ACCEPTED)
    assert [states(each) for each in (late, other)] == [("accepted", ["accepted"])] * 2
    assert now_of(late).twilio_sid == sid_of(late)


def test_a_receipt_is_faster_than_the_answer(twilio: PretendTwilio) -> None:
    fast, other = a_message(), a_message()
    going = leased(fast, other)
    Message.outcome(fast.id, 1, MessageState.DELIVERED, utc_now(), sid=sid_of(fast))
    note(going, Result.ACCEPTED)
    assert [states(each)[0] for each in (fast, other)] == ["delivered", "accepted"]


def test_a_look_up_had_taken_one_of_them_for_another(twilio: PretendTwilio) -> None:
    """Of two messages with the same words a look-up guessed; Twilio's answer tells, and the other is looked up anew."""
    guessed, theirs, other = (a_message() for _ in range(3))
    leased(guessed)
    Message.outcome(guessed.id, 1, MessageState.ACCEPTED, utc_now(), sid=sid_of(theirs))
    note(leased(theirs, other), Result.ACCEPTED)
    assert [states(each)[0] for each in (guessed, theirs, other)] == ["unknown", "accepted", "accepted"]


def test_who_waits_for_one_of_them_is_hinted_at(twilio: PretendTwilio) -> None:
    phone = a_phone()
    first, behind, other = a_message(phone=phone), a_message(phone=phone), a_message()
    going = leased(first, other)
    send(behind)
    assert states(behind)[0] == "queued"
    note(going, Result.ACCEPTED)
    assert hinted("replies") == [[str(behind.id)]]


def test_what_breaks_over_one_of_them_does_not_touch_the_others(twilio: PretendTwilio) -> None:
    broken, other = a_message(), a_message()
    going = leased(broken, other)
    Message.collection().update_one({"_id": broken.id}, {"$set": {"attempts": [{"n": 1}]}, "$inc": {"revision": 1}})
    with pytest.raises(KeyError):
        note(going, Result.REFUSED, code=21211)
    assert states(other) == ("failed", ["failed"])


def test_what_was_sent_meanwhile_is_not_leased_as_it_was_read(twilio: PretendTwilio) -> None:
    """Another worker has sent it, in vain, so that it waits again: it is read again before its next attempt."""
    message = a_message()
    read = ready_to_send(message.id, now=utc_now())
    leased(message)
    Message.outcome(message.id, 1, MessageState.FAILED, utc_now(), again_at=utc_now() - timedelta(seconds=1))
    assert Message.lease(read, utc_now()) == []
    assert [each.n for each in leased(message)] == [2]


def test_what_gets_no_slot_this_time_gets_the_next(twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker has taken one of the slots that were free a moment ago."""
    set_pace(monkeypatch, 200)
    reserve = pacing.reserve

    def after_another(lane: str, sender: str, most: int, within: float) -> list[float]:
        return reserve(lane, sender, 1, within) and reserve(lane, sender, most, within)[: max(1, most - 1)]

    monkeypatch.setattr(pacing, "reserve", after_another)
    messages = [a_message() for _ in range(12)]
    send(*messages)
    assert [states(each)[0] for each in messages] == ["accepted"] * 12


@pytest.mark.parametrize("lacks", ["text", "kind"])
def test_a_message_that_lacks_a_field_is_parked_and_stops_nobody(twilio: PretendTwilio, lacks: str) -> None:
    poison, others = a_message(), [a_message() for _ in range(5)]
    Message.collection().update_one({"_id": poison.id}, {"$unset": {lacks: 1}})
    for _ in range(MAX_MISHAPS):
        with pytest.raises(TypeError, match="missing"):
            send(poison, *others)
    assert now_of(poison).status == "parked"
    assert {sent.phone for sent in twilio.outbox} == {each.phone for each in others}


def test_somebody_whose_order_cant_be_told_stops_nobody(twilio: PretendTwilio) -> None:
    """An earlier message of theirs, not in this chunk, is no good."""
    phone = a_phone()
    poison, behind, others = a_message(phone=phone), a_message(phone=phone), [a_message() for _ in range(5)]
    Message.collection().update_one({"_id": poison.id}, {"$set": {"attempts": [{"n": 1}]}})
    with pytest.raises(KeyError):
        send(behind, *others)
    assert {sent.phone for sent in twilio.outbox} == {each.phone for each in others}


def test_one_answer_that_cant_be_written_leaves_the_rest_written(twilio: PretendTwilio) -> None:
    poison, *others = (a_message() for _ in range(3))
    going = [replace(each, attempts=[{"n": 1}]) if each.id == poison.id else each for each in leased(poison, *others)]
    with pytest.raises(KeyError):
        note(going, Result.ACCEPTED)
    assert [states(each)[0] for each in others] == ["accepted", "accepted"]


def test_what_missed_its_slot_takes_another(twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was held up must not send what it missed beside those whose slots these are."""
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


def test_what_missed_its_slot_goes_without_redis(twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is leased: were it not sent, it would have to be looked up."""
    [message] = leased(a_message())
    with monkeypatch.context() as away:
        away.setattr(redis_client, "client", lambda: redis.Redis(port=1))
        assert post._post(message, post.clock() - 1).result == Result.ACCEPTED
