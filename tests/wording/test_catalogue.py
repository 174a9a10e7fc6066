"""The catalogues: every language has the same sentences, with the same variables, and tells nobody too much."""

import re

import pytest

from dispatch.rules.effects import Standing
from dispatch.rules.replies import Word, read
from dispatch.wording.catalogue import GROUPS, WordingError, catalogue, kinds, languages, variables
from dispatch.wording.explaining import EXPLANATIONS

OF_THE_CLIENT = {"client_name", "client_phone", "notes"}
OF_A_JOB = {"code", "title", "address", "date", "time", "zone_note"}

# What each message may tell. A variable added to a template must be added here, by somebody who thought about it.
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
    "claim_noted": {"code"},
    "declined": {"code"},
    "approved": OF_A_JOB - {"title"},
    "reminder_agent": OF_A_JOB | {"client_name", "client_phone", "time_left"},
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
    "approved_client": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone"},
    "reminder_client": OF_A_JOB - {"code"} | {"client_name", "agent_name", "agent_phone", "time_left"},
    "moved_client": OF_A_JOB - {"code"} | {"client_name", "agent_name"},
    "cancelled_client": {"client_name", "title", "date", "time", "zone_note"},
    "completed_client": {"client_name", "title"},
    "expired_client": {"client_name", "title", "date", "time", "zone_note"},
    "client_reply": set(),
    "stranger_reply": set(),
}
EVERY = [pytest.param(language, key, id=f"{language}-{key}") for language in languages() for key in sorted(TELLS)]


def test_these_are_all_kinds_of_messages():
    assert kinds() == TELLS.keys()
    assert frozenset().union(*(kinds(group) for group in GROUPS)) == kinds()
    assert sum(len(kinds(group)) for group in GROUPS) == len(TELLS)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_keys(language):
    english, other = catalogue("en"), catalogue(language)
    assert other.templates.keys() == english.templates.keys()
    assert other.words.keys() == english.words.keys()
    assert other.formats.keys() == english.formats.keys()


@pytest.mark.parametrize(("language", "key"), EVERY)
def test_a_message_tells_what_it_may_and_no_more(language, key):
    assert set(variables(catalogue(language).templates[key])) == TELLS[key]


@pytest.mark.parametrize("key", ["offer", "taken", "gone", "explain_offered", "client_reply", "stranger_reply"])
def test_nothing_of_the_client_reaches_those_who_do_not_have_the_job(key):
    assert not TELLS[key] & (OF_THE_CLIENT | {"agent_name", "agent_phone"})


@pytest.mark.parametrize(("language", "key"), EVERY)
def test_templates_are_well_made(language, key):
    template = catalogue(language).templates[key]
    for name in variables(template):
        assert name.isidentifier(), "a plain name, no attribute and no index"
    for line in template.strip("\n").split("\n"):
        assert not line.startswith("{"), "a value at the beginning of a line could be read as formatting"
        assert line == line.rstrip()
        assert line.count("*") % 2 == 0


@pytest.mark.parametrize(("language", "key"), EVERY)
def test_the_answers_that_we_ask_for_are_understood(language, key):
    for answer in re.findall(r"\*([A-Z]+)(?: [^*]*)?\*", catalogue(language).templates[key]):
        assert read(answer) not in {Word.UNKNOWN, Word.WEAK}


@pytest.mark.parametrize("language", languages())
def test_the_words_that_we_ask_for_say_what_they_are(language):
    for name, shown in catalogue(language).words.items():
        assert read(shown) is Word(name)


def test_every_standing_can_be_explained():
    assert EXPLANATIONS.keys() == set(Standing)
    assert set(EXPLANATIONS.values()) <= kinds("to_agents")


@pytest.mark.parametrize("language", ["en", "EN", "en-NG", "en_GB", "xx", "", "../secrets"])
def test_a_language_without_a_catalogue_gets_english(language):
    assert catalogue(language) is catalogue("en")


def test_an_unknown_kind_is_a_mistake():
    with pytest.raises(WordingError, match="no wording for 'offfer'"):
        catalogue().template("offfer")
