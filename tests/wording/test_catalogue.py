"""The catalogues: each language has the same texts with the same variables, and no text names more than it may."""

import re
from datetime import UTC, datetime

import pytest
from babel import Locale

from dispatch.rules.inbox import pause_texts
from dispatch.rules.inbox.acts import JobStanding
from dispatch.rules.inbox.meaning import Word, read
from dispatch.rules.outbox.kinds import KINDS, To, explaining
from dispatch.wording.catalogue import WordingError, catalogue, find_kind, language_for, languages, variables
from tests.tables import each_row

OF_THE_CLIENT = {"client_name", "client_phone", "notes"}
OF_A_JOB = {"code", "title", "address", "date", "time", "zone_note"}

# The variables that each text names. A variable that is added to a text must be added here, after some thought.
TELLS = {
    "offer": OF_A_JOB,
    "offer_held": OF_A_JOB,
    "offer_moved": OF_A_JOB,
    "offer_again": OF_A_JOB,
    "assigned": OF_A_JOB | OF_THE_CLIENT,
    "moved_agent": OF_A_JOB | OF_THE_CLIENT,
    "nudge": OF_A_JOB - {"address"},
    "details_changed": OF_A_JOB | OF_THE_CLIENT,
    "withdrawn": OF_A_JOB - {"address"},
    "cancelled_agent": OF_A_JOB - {"address"},
    "released": {"code"},
    "ask_completed": {"code", "title"},
    "explain_moved": {"code", "date", "time", "zone_note"},
    "taken": {"code", "open_codes"},
    "gone": {"code", "open_codes"},
    "taken_at": {"code", "open_codes", "taken_at"},
    "gone_cancelled": {"code", "open_codes"},
    "gone_expired": {"code", "open_codes"},
    "claim_noted": {"code"},
    "declined": {"code"},
    "approved": OF_A_JOB - {"title"},
    "approved_soon": OF_A_JOB | {"client_name", "client_phone"},
    "reopened_agent": OF_A_JOB | {"client_name", "client_phone"},
    "reopened_agent_begun": {"code", "title", "address", "client_name", "client_phone"},
    "too_early": OF_A_JOB - {"address"} | {"word"},
    "reminder_agent": OF_A_JOB | {"client_name", "client_phone"},
    "reminder_agent_late": OF_A_JOB | {"client_name", "client_phone", "time_left"},
    "began": {"code"},
    "completed_agent": {"code"},
    "explain_offered": OF_A_JOB - {"address"},
    "explain_declined": {"code"},
    "explain_declined_open": OF_A_JOB - {"address"},
    "explain_assigned": OF_A_JOB - {"address"},
    "explain_approved": OF_A_JOB - {"address"},
    "explain_in_progress": {"code"},
    "explain_completed": {"code"},
    "ask_back": {"word", "codes"},
    "ask_back_none": set(),
    "help_agent": set(),
    "opted_out": set(),
    "opted_out_owner": {"codes"},
    "resumed": set(),
    "paused": {"date", "time", "zone_note"},
    "approved_client": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone"},
    "approved_client_soon": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone"},
    "reopened_client": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone"},
    "reminder_client": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone"},
    "reminder_client_late": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone", "time_left"},
    "moved_client": OF_A_JOB - {"code"} | {"client_name", "agent_name"},
    "cancelled_client": {"client_name", "title", "date", "time", "zone_note"},
    "completed_client": {"client_name", "title"},
    "agent_number": OF_A_JOB - {"code", "address"} | {"client_name", "agent_name", "agent_phone"},
    "expired_client": {"client_name", "title", "date", "time", "zone_note"},
    "client_reply": set(),
    "client_reply_noted": set(),
    "unconfirmed_client": {"client_name", "title", "date", "time", "zone_note"},
    "stranger_reply": set(),
}
TELLS |= {name: TELLS[name.removesuffix("_first")] for name, kind in KINDS.items() if kind.shows_how_to_stop}
EVERY = [pytest.param(language, key, id=f"{language}-{key}") for language in languages() for key in sorted(TELLS)]


#: The languages that have a text for each kind. A new language may have a few.
COMPLETE = ["ar", "en", "fr", "pt"]
#: The kinds that can be sent outside the window. All others answer a person who has just written.
AT_ANY_TIME = {
    *("offer", "offer_held", "offer_moved", "offer_again", "assigned", "moved_agent", "nudge", "details_changed"),
    *("taken", "gone", "withdrawn", "cancelled_agent", "released", "approved", "began", "ask_completed"),
    *("completed_agent", "reminder_agent", "reminder_agent_late", "reminder_client", "reminder_client_late"),
    *("approved_soon", "approved_client_soon", "reopened_agent", "reopened_agent_begun", "reopened_client"),
    *("agent_number", "approved_client", "moved_client", "cancelled_client", "completed_client", "expired_client"),
    *("approved_client_first", "moved_client_first", "cancelled_client_first", "expired_client_first"),
    "approved_client_soon_first",
    "unconfirmed_client",
}
BUTTONS = {
    ("yes", "no"): {"offer", "offer_held", "offer_moved", "offer_again", "explain_offered"},
    ("confirm", "release"): {"assigned", "moved_agent", "nudge", "explain_assigned"},
    ("begin", "complete"): {
        *("reminder_agent", "reminder_agent_late", "explain_approved", "approved_soon", "reopened_agent")
    },
    ("complete",): {"began", "ask_completed", "explain_in_progress", "reopened_agent_begun"},
}


def test_each_kind_has_an_entry_in_the_table_of_variables():
    assert KINDS.keys() == TELLS.keys()
    assert {kind.to for kind in KINDS.values()} == set(To)


def test_only_these_kinds_have_a_template_for_the_time_outside_the_window():
    assert {key for key in KINDS if KINDS[key].category} == AT_ANY_TIME
    assert {KINDS[key].category for key in AT_ANY_TIME} == {"UTILITY"}


def test_only_these_kinds_have_buttons():
    tapped = {key: KINDS[key].buttons for key in KINDS if KINDS[key].buttons}
    assert tapped == {key: words for words, keys in BUTTONS.items() for key in keys}


@each_row("language", languages())
def test_every_language_has_the_same_keys(language):
    english, other = catalogue("en"), catalogue(language)
    assert other.texts.keys() <= english.texts.keys() == KINDS.keys()
    assert other.words.keys() == english.words.keys()
    assert other.buttons.keys() == english.buttons.keys() == {word for words in BUTTONS for word in words}
    assert other.samples.keys() == english.samples.keys()
    assert other.formats.keys() == english.formats.keys()


@each_row("language", COMPLETE)
def test_a_complete_language_has_a_text_for_each_kind(language):
    assert catalogue(language).texts.keys() == KINDS.keys()
    assert {language_for(key, language) for key in KINDS} == {language}


@each_row(("language", "key"), EVERY)
def test_a_text_names_exactly_the_variables_that_its_kind_may_name(language, key):
    assert set(variables(catalogue(language_for(key, language)).text(key))) == TELLS[key]


@each_row("key", ["offer", "taken", "gone", "explain_offered", "client_reply", "stranger_reply"])
def test_a_message_to_an_agent_without_the_job_names_nothing_of_the_client(key):
    assert not TELLS[key] & (OF_THE_CLIENT | {"agent_name", "agent_phone"})


@each_row(("language", "key"), EVERY)
def test_a_text_has_plain_variables_and_balanced_formatting(language, key):
    text = catalogue(language_for(key, language)).text(key)
    for name in variables(text):
        assert name.isidentifier(), "a plain name, no attribute and no index"
    for line in text.strip("\n").split("\n"):
        assert not line.lstrip("\u2068").startswith("{"), "a value at the beginning could be read as formatting"
        assert line == line.rstrip()
        assert line.count("*") % 2 == 0


@each_row(("language", "key"), EVERY)
def test_each_answer_that_a_text_asks_for_is_understood(language, key):
    text = catalogue(language_for(key, language)).text(key)
    for answer in re.findall(r"\*([^*]+)\*", text):
        word = re.match(r"[^\W\d_]+(?= |$)", answer)
        if word and not is_pause(answer):
            assert read(word[0]) not in {Word.UNKNOWN, Word.WEAK}, answer


@each_row("language", languages())
def test_help_names_three_ways_to_pause(language):
    text = catalogue(language).text("help_agent")
    assert len([answer for answer in re.findall(r"\*([^*]+)\*", text) if is_pause(answer)]) == 3


def is_pause(text):
    return pause_texts.until(text, datetime.now(UTC), "Africa/Lagos") is not None


@each_row("language", languages())
def test_help_lists_the_words_that_are_understood(language):
    listed = re.findall(
        r"^\*(\w+)\* ", catalogue(language_for("help_agent", language)).text("help_agent"), re.MULTILINE
    )
    said = [read(word) for word in listed]
    assert said[:-1] == [Word.YES, Word.NO, Word.CONFIRM, Word.BEGIN, Word.COMPLETE, Word.RELEASE, Word.STOP]
    assert said[-1] in {Word.START, Word.RESUME}
    assert listed[:6] == list(catalogue(language).words.values())


@each_row("shown", ["words", "buttons"])
@each_row("language", languages())
def test_each_word_and_button_is_understood_as_itself(language, shown):
    for name, title in getattr(catalogue(language), shown).items():
        assert read(title) is Word(name), title


@each_row("language", languages())
def test_babel_knows_the_locale_of_each_language(language):
    assert Locale.parse(catalogue(language).formats["locale"]).language == language


ISOLATED = {"title", "address", "client_name", "client_phone", "agent_name", "agent_phone", "notes"}


@each_row("key", sorted(TELLS))
def test_latin_values_are_isolated_in_arabic_texts(key):
    """ "12 Main Street" and "+234…" begin with signs that have no direction of their own."""
    text = catalogue("ar").text(key)
    for name in ISOLATED & TELLS[key]:
        assert text.count(f"{{{name}}}") == text.count(f"\u2068{{{name}}}\u2069")


def test_each_standing_is_explained_by_one_kind_for_agents():
    assert sorted(kind.explains for kind in KINDS.values() if kind.explains) == sorted(JobStanding)
    assert {explaining(standing).to for standing in JobStanding} == {To.AGENT}


@each_row("language", ["en", "EN", "en-NG", "en_GB", "xx", "", "../secrets"])
def test_a_language_without_a_catalogue_gets_english(language):
    assert catalogue(language) is catalogue("en")


@each_row(("asked", "found"), [("fr-FR", "fr"), ("pt_BR", "pt"), ("pt-PT", "pt"), ("AR_EG", "ar")])
def test_a_language_is_found_with_any_country(asked, found):
    assert catalogue(asked) is catalogue(found)
    assert language_for("offer", asked) == found


def test_a_kind_without_a_text_in_a_language_is_rendered_in_english(german):
    assert language_for("offer", german) == language_for("offer", "de-AT") == german
    assert language_for("taken", german) == language_for("taken", "xx") == "en"


@each_row("ask", [catalogue().text, find_kind, lambda key: language_for(key, "fr")])
def test_an_unknown_kind_raises_a_wording_error(ask):
    with pytest.raises(WordingError, match=r"kind.* 'offfer'"):
        ask("offfer")
