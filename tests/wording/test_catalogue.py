"""The catalogues: every language has the same sentences, with the same variables, and tells nobody too much."""

import re
from datetime import UTC, datetime

import pytest
from babel import Locale

from dispatch.rules.inbox import pause_texts
from dispatch.rules.inbox.acts import JobStanding
from dispatch.rules.inbox.meaning import Word, read
from dispatch.wording.catalogue import RECIPIENTS, WordingError, catalogue, kind, kinds, languages, spoken, variables
from dispatch.wording.explaining import EXPLANATIONS
from tests.tables import each_row

OF_THE_CLIENT = {"client_name", "client_phone", "notes"}
OF_A_JOB = {"code", "title", "address", "date", "time", "zone_note"}

# What each message may tell. A variable added to a text must be added here, by somebody who thought about it.
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
    "reminder_agent": OF_A_JOB | {"client_name", "client_phone"},
    "reminder_agent_late": OF_A_JOB | {"client_name", "client_phone", "time_left"},
    "began": {"code"},
    "completed_agent": {"code"},
    "explain_offered": OF_A_JOB - {"address"},
    "explain_declined": {"code"},
    "explain_assigned": OF_A_JOB - {"address"},
    "explain_approved": OF_A_JOB - {"address"},
    "explain_in_progress": {"code"},
    "explain_completed": {"code"},
    "ask_back": {"word", "codes"},
    "ask_back_none": set(),
    "help_agent": set(),
    "opted_out": set(),
    "resumed": set(),
    "paused": {"date", "time", "zone_note"},
    "approved_client": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone"},
    "reminder_client": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone"},
    "reminder_client_late": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone", "time_left"},
    "moved_client": OF_A_JOB - {"code"} | {"client_name", "agent_name"},
    "cancelled_client": {"client_name", "title", "date", "time", "zone_note"},
    "completed_client": {"client_name", "title"},
    "expired_client": {"client_name", "title", "date", "time", "zone_note"},
    "client_reply": set(),
    "stranger_reply": set(),
}
EVERY = [pytest.param(language, key, id=f"{language}-{key}") for language in languages() for key in sorted(TELLS)]


#: The languages in which everything is said; another may begin with a few kinds.
COMPLETE = ["ar", "en", "fr", "pt"]
#: What may go out at any time; the rest only ever answers somebody who has just written.
AT_ANY_TIME = {
    *("offer", "offer_held", "offer_moved", "offer_again", "assigned", "moved_agent", "nudge", "details_changed"),
    *("taken", "gone", "withdrawn", "cancelled_agent", "released", "approved", "began", "ask_completed"),
    *("completed_agent", "reminder_agent", "reminder_agent_late", "reminder_client", "reminder_client_late"),
    *("approved_client", "moved_client", "cancelled_client", "completed_client", "expired_client"),
}
BUTTONS = {
    ("yes", "no"): {"offer", "offer_held", "offer_moved", "offer_again", "explain_offered"},
    ("confirm", "release"): {"assigned", "moved_agent", "nudge", "explain_assigned"},
    ("begin", "complete"): {"reminder_agent", "reminder_agent_late", "explain_approved"},
    ("complete",): {"began", "ask_completed", "explain_in_progress"},
}


def test_these_are_all_kinds_of_messages():
    assert kinds() == TELLS.keys()
    assert frozenset().union(*(kinds(to) for to in RECIPIENTS)) == kinds()
    assert {kind(key).to for key in kinds()} == set(RECIPIENTS)


def test_these_are_the_kinds_that_may_go_out_at_any_time():
    assert {key for key in kinds() if kind(key).category} == AT_ANY_TIME
    assert {kind(key).category for key in AT_ANY_TIME} == {"UTILITY"}


def test_these_are_the_buttons():
    tapped = {key: kind(key).buttons for key in kinds() if kind(key).buttons}
    assert tapped == {key: words for words, keys in BUTTONS.items() for key in keys}


@each_row("language", languages())
def test_every_language_has_the_same_keys(language):
    english, other = catalogue("en"), catalogue(language)
    assert other.texts.keys() <= english.texts.keys() == kinds()
    assert other.words.keys() == english.words.keys()
    assert other.buttons.keys() == english.buttons.keys() == {word for words in BUTTONS for word in words}
    assert other.samples.keys() == english.samples.keys()
    assert other.formats.keys() == english.formats.keys()


@each_row("language", COMPLETE)
def test_nothing_is_lacking(language):
    assert catalogue(language).texts.keys() == kinds()
    assert {spoken(key, language) for key in kinds()} == {language}


@each_row(("language", "key"), EVERY)
def test_a_message_tells_what_it_may_and_no_more(language, key):
    assert set(variables(catalogue(spoken(key, language)).text(key))) == TELLS[key]


@each_row("key", ["offer", "taken", "gone", "explain_offered", "client_reply", "stranger_reply"])
def test_nothing_of_the_client_reaches_those_who_do_not_have_the_job(key):
    assert not TELLS[key] & (OF_THE_CLIENT | {"agent_name", "agent_phone"})


@each_row(("language", "key"), EVERY)
def test_texts_are_well_made(language, key):
    text = catalogue(spoken(key, language)).text(key)
    for name in variables(text):
        assert name.isidentifier(), "a plain name, no attribute and no index"
    for line in text.strip("\n").split("\n"):
        assert not line.lstrip("\u2068").startswith("{"), "a value at the beginning could be read as formatting"
        assert line == line.rstrip()
        assert line.count("*") % 2 == 0


@each_row(("language", "key"), EVERY)
def test_the_answers_that_we_ask_for_are_understood(language, key):
    text = catalogue(spoken(key, language)).text(key)
    for answer in re.findall(r"\*([^*]+)\*", text):
        word = re.match(r"[^\W\d_]+(?= |$)", answer)
        if word and not is_pause(answer):
            assert read(word[0]) not in {Word.UNKNOWN, Word.WEAK}, answer


@each_row("language", languages())
def test_help_says_how_to_pause(language):
    text = catalogue(language).text("help_agent")
    assert len([answer for answer in re.findall(r"\*([^*]+)\*", text) if is_pause(answer)]) == 3


def is_pause(text):
    return pause_texts.until(text, datetime.now(UTC), "Africa/Lagos") is not None


@each_row("language", languages())
def test_help_lists_what_can_be_said(language):
    listed = re.findall(r"^\*(\w+)\* ", catalogue(spoken("help_agent", language)).text("help_agent"), re.MULTILINE)
    said = [read(word) for word in listed]
    assert said[:-1] == [Word.YES, Word.NO, Word.CONFIRM, Word.BEGIN, Word.COMPLETE, Word.RELEASE, Word.STOP]
    assert said[-1] in {Word.START, Word.RESUME}
    assert listed[:6] == list(catalogue(language).words.values())


@each_row("shown", ["words", "buttons"])
@each_row("language", languages())
def test_the_words_that_we_ask_for_say_what_they_are(language, shown):
    for name, title in getattr(catalogue(language), shown).items():
        assert read(title) is Word(name), title


@each_row("language", languages())
def test_babel_writes_its_dates(language):
    assert Locale.parse(catalogue(language).formats["locale"]).language == language


ISOLATED = {"title", "address", "client_name", "client_phone", "agent_name", "agent_phone", "notes"}


@each_row("key", sorted(TELLS))
def test_latin_values_keep_their_order_amid_arabic(key):
    """ "12 Main Street" and "+234…" begin with what has no direction of its own."""
    text = catalogue("ar").text(key)
    for name in ISOLATED & TELLS[key]:
        assert text.count(f"{{{name}}}") == text.count(f"\u2068{{{name}}}\u2069")


def test_every_standing_can_be_explained():
    assert EXPLANATIONS.keys() == set(JobStanding)
    assert set(EXPLANATIONS.values()) <= kinds("agents")


@each_row("language", ["en", "EN", "en-NG", "en_GB", "xx", "", "../secrets"])
def test_a_language_without_a_catalogue_gets_english(language):
    assert catalogue(language) is catalogue("en")


@each_row(("asked", "found"), [("fr-FR", "fr"), ("pt_BR", "pt"), ("pt-PT", "pt"), ("AR_EG", "ar")])
def test_a_language_is_found_whatever_the_country(asked, found):
    assert catalogue(asked) is catalogue(found)
    assert spoken("offer", asked) == found


def test_what_a_language_lacks_is_spoken_in_english(german):
    assert spoken("offer", german) == spoken("offer", "de-AT") == german
    assert spoken("taken", german) == spoken("taken", "xx") == "en"


@each_row("ask", [catalogue().text, kind, lambda key: spoken(key, "fr")])
def test_an_unknown_kind_is_a_mistake(ask):
    with pytest.raises(WordingError, match="no wording for 'offfer'"):
        ask("offfer")
