"""How often what fails is tried, and what is kept of why."""

from datetime import UTC, datetime

import pytest

from dispatch.rules import failures, phones

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_each_wait_is_twice_the_last_and_bounded() -> None:
    waits = [(failures.again_at(n, NOW) - NOW).total_seconds() for n in (1, 2, 3, 4, 5, 6, 1000)]
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert [n for n in range(10) if failures.is_hopeless(n, failures.Failure("x"))] == [6, 7, 8, 9]
    assert not failures.is_hopeless(9, failures.Failure("x", passes=True))


def test_of_an_error_its_type_and_place_are_told_and_never_its_words() -> None:
    with pytest.raises(phones.PhoneError) as caught:
        phones.canonical("Ada of 12 Secret Road", "NG")
    assert failures.described(caught.value).startswith("PhoneError in dispatch.rules.phones:")
    assert "Secret" not in f"{failures.described(caught.value)} {failures.trace(caught.value)}"
    assert failures.trace(caught.value)[-1].startswith("dispatch.rules.phones:canonical:")


def test_the_place_is_ours_though_a_library_raised_it() -> None:
    with pytest.raises(TypeError) as caught:
        phones.canonical(None, "NG")  # type: ignore[arg-type]
    assert " in dispatch.rules.phones:canonical" in failures.described(caught.value)


def test_of_an_error_from_nowhere_the_type_is_told() -> None:
    assert failures.described(KeyError("Ada")) == "KeyError in nowhere"
    assert failures.described(failures.WorkerLost()) == failures.WORKER_LOST
