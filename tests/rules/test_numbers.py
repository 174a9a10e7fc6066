"""Numbers within texts of other people: nothing that they write can stop us."""

import pytest

from dispatch.rules import numbers
from dispatch.rules.inbox import buttons
from dispatch.rules.inbox.words import Word
from tests.tables import each_row

ROWS = [
    pytest.param("0", 0, id="zero"),
    pytest.param("63016", 63016, id="a code"),
    pytest.param("9" * 9, 999_999_999, id="the longest"),
    pytest.param("9" * 10, None, id="longer"),
    pytest.param("9" * 5000, None, id="more digits than Python reads"),
    pytest.param("-1", None, id="a sign"),
    pytest.param("1_0", None, id="an underscore"),
    pytest.param("1\n", None, id="a line feed"),
    pytest.param("٢", None, id="digits of another script"),
    pytest.param("²", None, id="a superscript"),
    pytest.param("", None, id="nothing"),
]


@each_row(("text", "number"), ROWS)
def test_number_is_read_if_it_is_short_and_in_ascii_digits(text: str, number: int | None) -> None:
    assert numbers.read(text) == number
    assert buttons.read(f"yes:abc.1.{text}") == buttons.Tapped(Word.YES, "abc", number)
