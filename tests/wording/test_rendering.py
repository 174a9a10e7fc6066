"""Rendering: the text that a person receives, also with hostile names and titles."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.inbox.meaning import Word
from dispatch.rules.outbox.kinds import KINDS
from dispatch.rules.texts import is_visible
from dispatch.wording.catalogue import WordingError, catalogue, language_for, languages, variables
from dispatch.wording.rendering import LONGEST_TEXT, clean, render, units
from tests.tables import each_row

VALUES = {
    "code": "K7F3",
    "title": "3-Bedroom Apartment",
    "address": "123 Lekki Phase 1, Lagos",
    "date": "Friday 15 January 2027",
    "time": "14:00",
    "zone_note": "Lagos time",
    "client_name": "John Doe",
    "client_phone": "+2348012345678",
    "agent_name": "Ada Obi",
    "agent_phone": "+2348031234567",
    "notes": "Client prefers afternoon viewing",
    "time_left": "12 minutes",
    "taken_at": "14:02",
    "codes": ["K7F3", "M4T9"],
    "open_codes": ["M4T9"],
    "word": Word.YES,
}
EVERY = [pytest.param(language, key, id=f"{language}-{key}") for language in languages() for key in sorted(KINDS)]


@each_row(("language", "key"), EVERY)
def test_a_rendered_message_contains_the_values_of_all_its_variables(language, key):
    text = render(key, language, **VALUES)
    for name in variables(catalogue(language).text(key)):
        value = VALUES[name]
        for part in (
            value if isinstance(value, list) else [catalogue(language).words["yes"] if name == "word" else value]
        ):
            assert part in text
    assert text == text.strip()
    assert "{" not in text
    assert len(text) <= 800


@each_row("key", sorted(KINDS))
def test_a_variable_that_is_not_passed_raises_a_wording_error(key):
    for name in variables(catalogue().text(key)):
        with pytest.raises(WordingError, match=name):
            render(key, **{other: value for other, value in VALUES.items() if other != name})


def test_an_unknown_kind_or_word_raises_a_wording_error():
    with pytest.raises(WordingError):
        render("offfer", **VALUES)
    with pytest.raises(WordingError):
        render("ask_back", codes=["K7F3"], word=Word.HELP)


def test_the_offer_is_rendered_in_english():
    assert render("offer", **VALUES) == (
        "New inspection: 3-Bedroom Apartment\n"
        "Where: 123 Lekki Phase 1, Lagos\n"
        "When: Friday 15 January 2027, 14:00 (Lagos time)\n"
        "Code: *K7F3*\n"
        "\n"
        "To take it, reply *YES K7F3*. The first YES gets it.\n"
        "Reply *NO K7F3* to pass."
    )


def test_the_offer_is_rendered_in_portuguese():
    assert render("offer", "pt-BR", **VALUES).endswith(
        "Código: *K7F3*\n\nPara aceitar, responda *SIM K7F3*. Quem responder SIM primeiro fica com a vistoria.\n"
        "Responda *NÃO K7F3* para passar a vez."
    )


def test_a_kind_without_a_text_is_rendered_in_english_with_english_words(german):
    assert render("declined", german, **VALUES) == "Gut, *K7F3* ist abgelehnt."
    assert render("ask_back", german, **VALUES) == render("ask_back", "en", **VALUES)


def test_a_late_reminder_names_the_time_that_is_left():
    assert "it starts in less than 12 minutes.\n" in render("reminder_agent_late", **VALUES)
    assert "it starts in less than 12 minutes.\n" in render("reminder_client_late", **VALUES)
    assert "late" not in render("reminder_agent", **VALUES) + render("reminder_client", **VALUES)


@each_row("nothing", [None, "", "  \n", "\u200b", "\u200d", "\u3164", "\u2800 \u2800", "\u0301\ufe0f"])
def test_a_line_without_its_value_is_left_out(nothing):
    text = render("assigned", **VALUES | {"notes": nothing, "client_name": nothing})
    assert "Notes" not in text
    assert "Client:" not in text
    assert "Client's phone: +2348012345678" in text


@each_row("key", sorted(KINDS))
@each_row("language", languages())
def test_message_is_never_empty(language, key):
    nothing = dict.fromkeys(VALUES, "\u200b\u3164") | {"codes": [], "open_codes": [], "word": Word.YES}
    assert is_visible(render(key, language, **nothing))


@each_row("nothing", [None, [], (), [""]])
def test_taken_lists_open_offers_only_if_there_are_any(nothing):
    assert render("taken", code="K7F3", open_codes=nothing) == "Sorry, *K7F3* has gone to another agent."
    assert "*M4T9*, *C2H5*." in render("taken", code="K7F3", open_codes=iter(["M4T9", "C2H5"]))


def test_the_question_which_job_names_word_and_codes():
    text = render("ask_back", word=Word.CONFIRM, codes=("K7F3", "M4T9"))
    assert "reply *CONFIRM* and its code" in text
    assert text.endswith("Codes: *K7F3*, *M4T9*")
    assert text == render("ask_back", word="CONFIRM", codes=["K7F3", "M4T9"])


def is_formatted(line, marker):
    """Return whether WhatsApp would read a pair of this sign in a line as formatting: around whole words."""
    begin, end = rf"(?<![^\W_])(?<!\{marker})\{marker}+(?=[^\s\{marker}])", rf"(?<=[^\s\{marker}])\{marker}+(?![^\W_])"
    return re.search(f"{begin}.*{end}", line) is not None


HOSTILE = [
    pytest.param("A" * 5_000, id="long"),
    pytest.param("😀" * 5_000, id="long, of two units each"),
    pytest.param("word " * 1_000, id="long, of words"),
    pytest.param("\n" * 5_000 + "late", id="only newlines at first"),
    pytest.param("{code} {0} {client_phone!r} {__class__.__mro__}", id="braces"),
    pytest.param("%(code)s $code", id="other templates"),
    pytest.param("*bold* _it_ ~no~ ```code```", id="WhatsApp formatting"),
    pytest.param("a\r\nReply *YES Z9*\u2028b\u2029c\x0bd\x00e\x1b[31m", id="line breaks and control characters"),
    pytest.param("\u202egnp.exe\u200b\ufeff", id="right-to-left override and invisible characters"),
    pytest.param("\ud800 half a letter", id="half a surrogate pair"),
    pytest.param("e" + "\u0301" * 3_000, id="a tower of accents"),
]


@each_row("value", HOSTILE)
@each_row("language", languages())
def test_hostile_values_break_no_message(language, value):
    for key in sorted(KINDS):
        keeps_its_form_with(value, key, language)


def keeps_its_form_with(value, key, language):
    """Assert that a message keeps its form with these values."""
    plain = render(key, language, **VALUES)
    lists = {"codes": [value] * 50, "open_codes": [value] * 50}
    text = render(key, language, **dict.fromkeys(VALUES, value) | lists | {"word": Word.YES})
    assert units(text) <= LONGEST_TEXT
    assert text.encode()
    assert text.count("\n") <= plain.count("\n")
    assert not any(is_formatted(line, marker) for line in text.split("\n") for marker in "_~")
    assert "`" not in text
    ours = set(catalogue(language_for(key, language)).text(key)) | {"\u0301"}
    assert all(sign.isprintable() or sign in ours for sign in text if sign != "\n")
    assert all(line.count("*") % 2 == 0 for line in text.split("\n"))


def test_braces_in_a_value_are_shown_unchanged():
    assert "New inspection: {address}\n" in render("offer", **VALUES | {"title": "{address}"})


@each_row(
    ("value", "shown"),
    [
        pytest.param("  a \t b\nc  ", "a b c", id="one line, single blanks"),
        pytest.param("*5* _a b_ ~no~ `x`", "∗5∗ ＿a b＿ ∼no∼ 'x'", id="doubles for formatting"),
        pytest.param("(*a*), **b** _*c*_", "(∗a∗), ∗∗b∗∗ ＿∗c∗＿", id="doubles beside other signs"),
        pytest.param("5*4 plot_7 ~N50m 2 * 3 * 4", "5*4 plot_7 ~N50m 2 * 3 * 4", id="signs without a partner stay"),
        pytest.param("A_7*4 B__2__C #12*34 *99#", "A_7*4 B__2__C #12*34 *99#", id="codes stay"),
        pytest.param("http://x.example/aB_cD?q=_a_", "http://x.example/aB_cD?q=_a_", id="links stay"),
        pytest.param("www.x.example/~u/*b*/_c_", "www.x.example/~u/*b*/_c_", id="links without a scheme stay"),
        pytest.param("_bob_@x.example a_b_c@x.example", "_bob_@x.example a_b_c@x.example", id="mail addresses stay"),
        pytest.param("*http://x/a_b* _a_b@x.io_", "∗http://x/a_b∗ ＿a_b@x.io＿", id="formatting around links"),
        pytest.param("می\u200cخواهم 🏳️\u200d🌈 abcdefgh", "می\u200cخواهم 🏳️\u200d🌈 abcdefgh", id="joiners stay"),
        pytest.param("Ọlá Ṣadé 👨‍👩‍👧 — №5", "Ọlá Ṣadé 👨‍👩‍👧 — №5", id="names and emoji stay"),
        pytest.param("12345678901", "123456789…", id="shortened"),
        pytest.param("12345678 01", "12345678…", id="no blank before the dots"),
        pytest.param("1234567890", "1234567890", id="just fits"),
        pytest.param("😀😀😀😀😀😀", "😀😀😀😀…", id="never half an emoji"),
    ],
)
def test_a_value_is_cleaned_to_one_plain_line(value, shown):
    limit = 40 if len(value) > 12 else 10
    assert clean(value, limit) == shown


@given(st.text(max_size=500), st.integers(1, 60))
def test_any_cleaned_value_is_short_and_one_line(value, limit):
    text = clean(value, limit)
    assert units(text) <= limit
    assert text == " ".join(text.split())
    assert "`" not in text
    if not re.search(r"@|www\.|://", text):
        assert not any(is_formatted(text, marker) for marker in "*_~")
