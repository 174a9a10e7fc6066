"""The templates: derived from the texts, within WhatsApp's rules for any values."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.inbox.meaning import Word, read
from dispatch.rules.outbox.kinds import KINDS, Category
from dispatch.wording.catalogue import LISTS, WordingError, catalogue, languages, variables
from dispatch.wording.rendering import LONGEST_TEXT, render, units
from dispatch.wording.templates import LONGEST_ABOUT, LONGEST_BODY, fill, rendered, template, templates
from tests.tables import each_row

ALL = templates()
EVERY = each_row("each", [pytest.param(each, id=f"{each.language}-{each.key}") for each in ALL])
NUMBER = r"\{\{\d+\}\}"
SIGNS = r"[\s*_~`\u2068\u2069]"  # blanks, WhatsApp's formatting, and marks of direction
ABOUT = "b" * LONGEST_ABOUT


def filled(each, value):
    return fill(each.variables, dict.fromkeys(each.variables, value) | {"about": ABOUT}, each.language)


def words_of(body):
    return [word for word in re.sub(NUMBER, " ", body).split() if re.search(r"[^\W\d_]", word)]


def test_each_kind_with_category_or_buttons_has_a_template_in_every_language():
    needing = {key for key in KINDS if KINDS[key].category or KINDS[key].buttons}
    assert {(each.key, each.language) for each in ALL} == {(key, code) for key in needing for code in languages()}
    assert template("help_agent", "en") is None


def test_the_offer_is_rendered_in_english():
    offer = template("offer", "en-NG")
    assert offer.body == (
        "New inspection: {{1}}\n"
        "Where: {{2}}\n"
        "When: {{3}}, {{4}} ({{5}})\n"
        "Code: *{{6}}*\n"
        "\n"
        "To take it, reply *YES {{6}}*. The first YES gets it.\n"
        "Reply *NO {{6}}* to pass."
    )
    assert offer.variables == ("title", "address", "date", "time", "zone_note", "code", "about")
    assert (offer.language, offer.locale, offer.category) == ("en", "en", "UTILITY")
    assert offer.samples["6"] == "K7F3"
    assert offer.buttons == (("YES", "yes:{{7}}"), ("NO", "no:{{7}}"))
    assert offer.name == f"offer_en_{offer.fingerprint[:8]}"


def test_a_template_for_buttons_only_has_no_category():
    assert template("explain_offered", "fr").category is None
    assert template("explain_offered", "fr").buttons == (("OUI", "yes:{{6}}"), ("NON", "no:{{6}}"))


@each_row(
    ("language", "locale"),
    [("en", "en"), ("fr", "fr"), ("pt", "pt_BR"), ("pt_PT", "pt_BR"), ("ar", "ar"), ("xx", "en")],
)
def test_a_template_has_the_locale_that_meta_knows(language, locale):
    assert template("assigned", language).locale == locale


def test_a_language_without_a_text_of_the_kind_has_no_template_of_it(german):
    assert template("taken", german) is None
    assert template("offer", german).body == "Neue Besichtigung am {{1}}: {{2}}, *{{3}}* heute."


def test_an_unknown_kind_raises_a_wording_error():
    with pytest.raises(WordingError):
        template("offfer", "en")


def test_a_template_contains_no_list():
    assert template("taken", "en").body == "Sorry, *{{1}}* has gone to another agent."
    assert not any(LISTS & set(each.variables) for each in ALL)
    assert all("{open" not in each.body for each in ALL)


@EVERY
def test_a_template_reads_like_its_text(each):
    text = catalogue(each.language).text(each.key)
    values = {name: f"<{name}>" for name in set(variables(text)) - LISTS} | {"about": "b"}
    lists = dict.fromkeys(LISTS, ())
    assert rendered(each.body, fill(each.variables, values, each.language)) == render(
        each.key, each.language, **values, **lists
    )


@EVERY
def test_numbers_come_in_the_order_of_their_first_appearance(each):
    seen = list(dict.fromkeys(re.findall(r"\d+", " ".join(re.findall(NUMBER, each.body)))))
    bare = [name for name in each.variables if name != "about"]
    assert seen == [str(number) for number in range(1, len(bare) + 1)]
    assert "about" not in each.variables[:-1]
    assert ("about" in each.variables) == bool(each.buttons)


@EVERY
def test_a_body_neither_begins_nor_ends_with_a_variable(each):
    """Punctuation and formatting do not count."""
    assert re.match(r"[^\w{}]*[^\W\d_]", each.body), "begins with a word"
    assert re.search(r"[^\W\d_][^\w{}]*$", each.body), "ends with a word"


@EVERY
def test_no_two_variables_are_side_by_side(each):
    assert not re.search(rf"{NUMBER}{SIGNS}*{NUMBER}", each.body)


@EVERY
def test_there_are_more_than_twice_as_many_words_as_variables(each):
    assert len(words_of(each.body)) >= 2 * len(re.findall(NUMBER, each.body)) + 1


@EVERY
@each_row("value", ["W" * 3000, "😀" * 1500, "word " * 600], ids=["letters", "emoji", "words"])
def test_a_body_fits_with_every_value_at_its_limit(each, value):
    assert units(rendered(each.body, filled(each, value))) <= LONGEST_BODY


@EVERY
def test_buttons_are_few_short_and_different(each):
    titles, ids = [title for title, _ in each.buttons], [found for _, found in each.buttons]
    assert len(set(titles)) == len(set(ids)) == len(each.buttons) <= 3
    assert all(0 < units(title) <= 20 and not re.search(NUMBER, title) for title in titles)
    for title, found in each.buttons:
        word, payload = rendered(found, filled(each, "x")).split(":")
        assert (read(title), payload) == (Word(word), ABOUT)
        assert len(rendered(found, filled(each, "x"))) <= 200


@EVERY
def test_every_variable_has_a_good_sample(each):
    assert list(each.samples) == [str(number) for number in range(1, len(each.variables) + 1)]
    shown = fill(each.variables, dict(zip(each.variables, each.samples.values(), strict=True)), each.language)
    assert shown == each.samples
    assert not any(re.search(r"[\n\t]|    ", sample) for sample in each.samples.values())


@EVERY
def test_names_are_as_meta_takes_them(each):
    assert re.fullmatch(r"[a-z0-9_]{1,512}", each.name)


def test_names_and_fingerprints_are_unique():
    assert len({each.name for each in ALL}) == len({each.fingerprint for each in ALL}) == len(ALL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('template_language = "en"', 'template_language = "en_GB"'),
        ('code = "K7F3"', 'code = "M4T9"'),
        (
            'confirm = "CONFIRM"\nbegin = "BEGIN"\ncomplete = "COMPLETE"\nrelease = "Can',
            'confirm = "I CONFIRM"\nrelease = "Can',
        ),
        ("Well done, ", "Very well done, "),
        ("Notes: {notes}", "Remarks: {notes}"),
    ],
)
def test_a_change_that_meta_sees_makes_another_template(german, tmp_path, old, new):
    text = (tmp_path / "en.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "de.toml").write_text(text.replace(old, new), "utf-8")
    before, after = template("assigned", "en"), template("assigned", german)
    assert before.fingerprint != after.fingerprint
    assert before.fingerprint[:8] in before.name


def test_another_category_makes_another_template(monkeypatch):
    monkeypatch.setitem(KINDS, "taken", replace(KINDS["taken"], category=Category.MARKETING))
    before, after = next(each for each in ALL if (each.key, each.language) == ("taken", "en")), template("taken", "en")
    assert (before.body, before.samples) == (after.body, after.samples)
    assert before.fingerprint != after.fingerprint


@each_row(
    ("value", "shown"),
    [
        pytest.param("  Ada \t Obi\n", "Ada Obi", id="one line"),
        pytest.param("a      b", "a b", id="no run of blanks"),
        pytest.param("", "–", id="empty"),
        pytest.param(None, "–", id="nothing"),
        pytest.param(" \n\u200b", "–", id="only invisible characters"),
        pytest.param("*Ada* {{1}}", "∗Ada∗ {{1}}", id="formatting and braces"),
        pytest.param("A" * 51, "A" * 49 + "…", id="too long"),
    ],
)
def test_a_value_of_a_template_is_one_short_line(value, shown):
    assert fill(("title", "client_name"), {"title": "House", "client_name": value}, "en") == {"1": "House", "2": shown}


@given(st.text(max_size=400), st.sampled_from([each for each in ALL if each.key == "assigned"]))
def test_no_value_breaks_a_template(value, each):
    for number, shown in filled(each, value).items():
        assert shown, number
        assert not re.search(r"[\n\t\r\v\f\x85\u2028\u2029]|    ", shown)
    assert units(rendered(each.body, filled(each, value))) <= LONGEST_BODY


def test_a_value_that_looks_like_a_variable_is_no_variable():
    assert rendered("Hello {{1}} and {{2}}!", {"1": "{{2}}", "2": "Ada"}) == "Hello {{2}} and Ada!"


def test_the_id_behind_a_button_is_not_changed():
    assert fill(("about",), {"about": "65f0_a*1:2"}, "en") == {"1": "65f0_a*1:2"}


@each_row("about", ["b" * 76, "two words", "line\n", "é", ["K7F3"]])
def test_an_id_that_would_be_changed_raises_a_wording_error(about):
    with pytest.raises(WordingError):
        fill(("about",), {"about": about}, "en")


def test_a_variable_that_is_not_passed_raises_a_wording_error():
    with pytest.raises(WordingError, match="address"):
        fill(("title", "address"), {"title": "House"}, "en")


@each_row("language", languages())
@each_row("key", sorted(KINDS))
def test_a_free_text_fits_with_every_value_at_its_limit(key, language):
    names = set(variables(catalogue(language).text(key)))
    values = dict.fromkeys(names, "W" * 3000) | {name: ["W" * 90] * 30 for name in names & LISTS}
    assert units(render(key, language, **values | ({"word": Word.CONFIRM} if "word" in names else {}))) <= LONGEST_TEXT
