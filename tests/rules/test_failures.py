"""How long failed work waits for its next try, and how its error is described."""

from datetime import UTC, datetime

import pytest

from dispatch.rules import failures, phones

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_each_wait_is_twice_the_last_and_bounded() -> None:
    waits = [(failures.retry_at(n, NOW) - NOW).total_seconds() for n in (1, 2, 3, 4, 5, 6, 1000)]
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert [n for n in range(10) if failures.is_given_up(n, failures.Failure("x"))] == [6, 7, 8, 9]
    assert not failures.is_given_up(9, failures.Failure("x", passes=True))


def test_error_is_described_by_type_and_place_without_its_text() -> None:
    with pytest.raises(phones.PhoneError) as caught:
        phones.canonical("Ada of 12 Secret Road", "NG")
    assert failures.described(caught.value).startswith("PhoneError in dispatch.rules.phones:")
    assert "Secret" not in f"{failures.described(caught.value)} {failures.trace(caught.value)}"
    assert failures.trace(caught.value)[-1].startswith("dispatch.rules.phones:as_written:")


def test_error_raised_by_a_library_is_placed_in_our_code() -> None:
    with pytest.raises(TypeError) as caught:
        phones.canonical(None, "NG")  # type: ignore[arg-type]
    assert " in dispatch.rules.phones:as_written" in failures.described(caught.value)


def test_of_an_error_from_nowhere_the_type_is_told() -> None:
    assert failures.described(KeyError("Ada")) == "KeyError in nowhere"
    assert failures.described(failures.WorkerLost()) == failures.WORKER_LOST
