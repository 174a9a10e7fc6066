"""The base of all documents: inserts of missing documents, ids and clocks."""

import pytest
from bson import ObjectId
from pymongo.errors import BulkWriteError

from dispatch.models import Message, Timer
from dispatch.models.base.record import object_id, server_now, utc_now
from tests.pretending import a_message

pytestmark = pytest.mark.usefixtures("stores_clean")


def test_missing_documents_are_inserted_and_existing_ones_are_kept():
    keys = [{"job": ObjectId(), "kind": kind} for kind in ("a", "b")]
    Timer.insert_missing([(keys[0], {"version": 1})])
    Timer.insert_missing([(key, {"version": 2}) for key in keys])
    assert [timer.version for timer in Timer.objects.order_by("kind")] == [1, 2]


def test_key_inserted_by_another_process_at_the_same_moment_is_no_error():
    """A unique SID exists already; the other documents are written."""
    a_message(twilio_sid="SM1")
    pairs = [
        ({"key": key}, {"direction": "outbound", "twilio_sid": sid}) for key, sid in [("k1", "SM1"), ("k2", "SM2")]
    ]
    Message.insert_missing(pairs)
    assert {message.key for message in Message.objects(key__in=["k1", "k2"])} == {"k2"}


def test_other_write_errors_are_raised():
    with pytest.raises(BulkWriteError):
        Timer.insert_missing([({"job": ObjectId(), "kind": "a"}, {"x": 1, "x.y": 2})])


@pytest.mark.parametrize("value", [None, "", "nonsense", 7, "0" * 23, [], {}])
def test_value_that_cannot_be_an_id_gives_none(value):
    assert object_id(value) is None
    assert Message.get(value) is None


def test_id_is_returned_as_an_id():
    message = a_message()
    assert Message.get(str(message.id)).id == Message.get(message.id).id == message.id
    assert Message.get(ObjectId()) is None


def test_clocks_are_aware_and_in_whole_milliseconds():
    for moment in (server_now(), utc_now()):
        assert moment.tzinfo is not None
        assert moment.microsecond % 1000 == 0
