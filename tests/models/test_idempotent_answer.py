"""Answers: one holder of a key at a time, and one that stalled does not overwrite another's answer."""

from datetime import timedelta

from dispatch.models import Answer
from dispatch.models.base.record import utc_now
from dispatch.models.idempotent_answer import LEASE
from tests.conftest import Servers

NOW = utc_now()


def test_a_key_is_leased_to_one(stores_clean: Servers) -> None:
    first = Answer.lease("k", "asked", NOW)
    assert Answer.lease("k", "asked", NOW + LEASE - timedelta(milliseconds=1)) is None
    second = Answer.lease("k", "asked", NOW + LEASE)
    assert second.id == first.id  # the same request
    assert Answer.lease("k", "else", NOW + 3 * LEASE) is None
    assert Answer.lease("other", "asked", NOW).id != first.id


def test_one_that_stalled_does_not_speak_for_another(stores_clean: Servers) -> None:
    stalled = Answer.lease("k", "asked", NOW)
    other = Answer.lease("k", "asked", NOW + LEASE)
    stalled.give_back(NOW + LEASE)
    assert Answer.lease("k", "asked", NOW + LEASE) is None
    stalled.keep(409, [], b"late", NOW + LEASE)
    other.keep(201, [("Location", "/x")], b"first", NOW + LEASE)
    other.keep(409, [], b"twice", NOW + LEASE)
    kept = Answer.by_key("k")
    assert (kept.status, kept.headers, kept.body) == (201, [["Location", "/x"]], b"first")
    assert Answer.lease("k", "asked", NOW + 3 * LEASE) is None


def test_what_is_given_back_is_free_at_once(stores_clean: Servers) -> None:
    first = Answer.lease("k", "asked", NOW)
    first.give_back(NOW)
    assert Answer.lease("k", "asked", NOW).id == first.id
