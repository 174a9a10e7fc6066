"""Texts: whether a phone shows anything of one, and whether two are the same."""

import pytest

from dispatch.rules import texts
from tests.tables import each_row


@each_row(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \t\n\u00a0\u3000\u2028", id="blanks"),
        pytest.param("\x07\x1b", id="control characters"),
        pytest.param("\u200b\u2060\ufeff\u202e\u00ad\u061c", id="format characters"),
        pytest.param("\u200d\u200c", id="joiners"),
        pytest.param("\U000e0041\U000e0001\U000e0fff", id="tags"),
        pytest.param("\u3164\u115f\u1160\uffa0", id="fillers of Hangul"),
        pytest.param("\u2800", id="empty Braille"),
        pytest.param("\u0301\ufe0f\u20e3\u034f\u0903", id="combining marks"),
        pytest.param("\u17b4\u180b\u180e", id="blanks of other scripts"),
        pytest.param("\ue000\U000f0000", id="private signs"),
        pytest.param("\ud800", id="half a sign"),
        pytest.param("\ufdd0\uffff\U0001ffff\ufff5", id="no signs at all"),
        pytest.param("\u3164 \u0301\u200b\n\u2800", id="several of them"),
    ],
)
def test_text_of_unseen_signs_is_invisible(text):
    assert not texts.is_visible(text)
    assert texts.plain(text) == ""


@each_row(
    "text", ["a", ".", "1", "\u200bx\u200b", "ệ", "e\u0301", "漢", "👨\u200d👩\u200d👧", "🇳🇬", "ـ", "ก", "کـ", "№", "´"]
)
def test_text_with_a_seen_sign_is_visible(text):
    assert texts.is_visible(text)


@each_row(
    ("one", "other", "same"),
    [
        pytest.param("Caf\u00e9", "Cafe\u0301", True, id="composed and decomposed"),
        pytest.param("\u212b", "\u00c5", True, id="Angstrom"),
        pytest.param({"a": ["\u00e9"]}, {"a": ["e\u0301"]}, True, id="inside of lists and objects"),
        pytest.param("\u2460", "1", False, id="a compatible sign is another sign"),
        pytest.param("a", "A", False, id="case"),
        pytest.param("a", "a\u200b", False, id="an invisible sign more"),
        pytest.param(None, "", False, id="null is no text"),
        pytest.param(3, 3.0, True, id="numbers"),
    ],
)
def test_texts_are_the_same_in_any_canonical_form(one, other, same):
    assert texts.same(one, other) is same


def test_changed_fields_are_those_that_differ():
    old = {"title": "Caf\u00e9", "address": "1 Marina", "price": 5}
    new = {"title": "Cafe\u0301", "address": "2 Marina", "zone": None}
    assert texts.changed(new, old) == {"address": "2 Marina", "zone": None}
