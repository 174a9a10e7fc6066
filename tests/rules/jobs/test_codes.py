"""Codes: their shape, their number, and finding them in what people write."""

import random
import secrets

import pytest

from dispatch.rules.inbox import text as inbox_text
from dispatch.rules.jobs import codes
from tests.tables import each_row


@each_row("length", [4, 5, 6])
def test_generated_code_is_found_in_a_text(length):
    rng = random.Random(7)
    for _ in range(2000):
        code = codes.make(rng.randrange, length)
        assert len(code) == length
        assert codes.looks_like(code)
        assert codes.looks_like(code.lower())
        assert inbox_text.codes_in(f"Yes please, {code.lower()}!") == [code]
        assert not set(code) & set("AEIOU01LSZGB")
        assert any(sign.isdigit() for sign in code)
        assert any(sign.isalpha() for sign in code)


PICKS = {"first": lambda _: 0, "last": lambda size: size - 1} | {
    f"seed {seed}": random.Random(seed).randrange for seed in range(300)
}


@each_row("pick", PICKS.values(), ids=PICKS)
def test_generated_code_is_never_a_word(pick):
    drawn = codes.draw(pick)
    assert [len(code) for code in drawn] == [4] * 3 + [5] * 3 + [6] * 6
    for code in drawn:
        assert inbox_text.codes_in(f"is {code.lower()} mine?") == [code]
        assert any(sign.isdigit() for sign in code)
        assert any(sign.isalpha() for sign in code)


def test_codes_are_generated_by_the_secrets_module():
    assert codes.looks_like(codes.make(secrets.randbelow))


def test_there_are_enough_codes_of_each_length():
    def count(length: int) -> int:
        sizes: list[int] = []
        codes.make(lambda size: sizes.append(size) or 0, length)
        total = 1
        for size in sizes:
            total *= size
        return total

    assert [count(length) for length in (4, 5, 6)] == [49_152, 1_179_648, 28_311_552]


@each_row("length", [0, 3, 7])
def test_code_of_an_unknown_length_is_refused(length):
    with pytest.raises(ValueError, match="characters"):
        codes.make(secrets.randbelow, length)


@each_row(
    "token",
    [
        *(
            "2pm",
            "4bhk",
            "12th",
            "3bed",
            "N250k",
            "N5000",
            "MP3",
            "B2B",
            "H2O",
            "A4",
            "yes",
        ),
        *(
            "help",
            "begin",
            "2027",
            "K7F",
            "KF73",
            "K7F3K7F",
            "K0F3",
            "K1F3",
            "covid19",
            "1st",
        ),
        *(
            "24hrs",
            "m2",
            "",
            "к7ф3",
            "9am",
            "5g",
        ),
    ],
)
def test_common_words_and_numbers_are_no_codes(token):
    assert not codes.looks_like(token)
    assert inbox_text.codes_in(f"yes {token} ok") == []


@each_row(
    ("text", "found"),
    [
        pytest.param("yes k7f3", ["K7F3"], id="small letters"),
        pytest.param("*K7F3*", ["K7F3"], id="bold"),
        pytest.param("(K7F3), #M4T9.", ["K7F3", "M4T9"], id="two, punctuated"),
        pytest.param("k7f3 K7F3", ["K7F3"], id="one, twice"),
        pytest.param("Ｋ７Ｆ３", ["K7F3"], id="full-width"),
        pytest.param("K7\u200bF3", ["K7F3"], id="an invisible sign inside"),
        pytest.param("K7F3M4T9", [], id="run together"),
        pytest.param("nothing here", [], id="none"),
    ],
)
def test_codes_are_found_in_a_text(text, found):
    assert inbox_text.codes_in(text) == found
