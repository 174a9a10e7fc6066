"""What every document shares: inserting what is missing, taking what matches, and ids that cannot be ids."""

import pytest
from bson import ObjectId
from pymongo.errors import BulkWriteError

from dispatch.models import Message, Timer
from dispatch.models.base.record import object_id, server_now, utc_now
from tests.pretending import a_message

pytestmark = pytest.mark.usefixtures("stores_clean")


def test_what_is_missing_is_inserted_and_what_stands_is_left():
    keys = [{"job": ObjectId(), "kind": kind} for kind in ("a", "b")]
    Timer.insert_missing([(keys[0], {"version": 1})])
    Timer.insert_missing([(key, {"version": 2}) for key in keys])
    assert [timer.version for timer in Timer.objects.order_by("kind")] == [1, 2]


def test_a_key_that_somebody_else_inserted_meanwhile_is_no_error():
    """The unique SID stands for whatever another writer was faster with; the rest is written."""
    a_message(twilio_sid="SM1")
    pairs = [
        ({"key": key}, {"direction": "outbound", "twilio_sid": sid}) for key, sid in [("k1", "SM1"), ("k2", "SM2")]
    ]
    Message.insert_missing(pairs)
    assert {message.key for message in Message.objects(key__in=["k1", "k2"])} == {"k2"}


def test_any_other_failure_is_raised():
    with pytest.raises(BulkWriteError):
        Timer.insert_missing([({"job": ObjectId(), "kind": "a"}, {"x": 1, "x.y": 2})])


@pytest.mark.parametrize("value", [None, "", "nonsense", 7, "0" * 23, [], {}])
def test_what_cannot_be_an_id(value):
    assert object_id(value) is None
    assert Message.get(value) is None


def test_an_id_is_an_id():
    message = a_message()
    assert Message.get(str(message.id)).id == Message.get(message.id).id == message.id
    assert Message.get(ObjectId()) is None


def test_clocks_are_aware_and_of_whole_milliseconds():
    for moment in (server_now(), utc_now()):
        assert moment.tzinfo is not None
        assert moment.microsecond % 1000 == 0
