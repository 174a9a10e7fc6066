"""Which job a message is about, and any text in any situation."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.inbox import words
from dispatch.rules.inbox.acts import CHANGES, TABLE
from dispatch.rules.inbox.meaning import (
    OPT_OUT_TYPES,
    Act,
    InboundText,
    JobStanding,
    Matter,
    Meaning,
    Question,
    Word,
    read,
    understand,
)
from dispatch.rules.jobs import codes
from tests.rules.situations import STRONG, hear, some
from tests.tables import each_row

SOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@each_row(
    ("text", "how", "choice"),
    [
        pytest.param("yes R5R5", {}, "K7F3 M4T9", id="a code never sent to them"),
        pytest.param("yes K7F3 R5R5", {}, "K7F3", id="a known and an unknown code"),
        pytest.param("yes K7F3 and M4T9", {}, "K7F3 M4T9", id="two codes"),
        pytest.param("yes K7F3 C2H5", {}, "K7F3", id="two codes, one gone"),
        pytest.param("yes", {"quoted_job": "another"}, "K7F3 M4T9", id="a quoted message of an unknown job"),
        pytest.param("yes K7F3", {"quoted_job": "job-1"}, "K7F3 M4T9", id="code and quote differ"),
        pytest.param("yes K7F3", {"quoted_job": "another"}, "K7F3", id="code known, quote unknown"),
        pytest.param("Yes", {"payload": "yes:another"}, "K7F3 M4T9", id="a button of an unknown job"),
    ],
)
def test_doubtful_reference_to_a_job_is_asked_back(text, how, choice):
    meaning = hear(text, some("offered", "offered", "taken"), **how)
    assert meaning == Meaning(Act.ASK_BACK, Word.YES, codes=tuple(choice.split()), wanted=Word.YES)


def test_unknown_code_is_not_applied_to_the_only_open_job():
    assert hear("yes R5R5", some("offered")).act is Act.ASK_BACK
    assert hear("confirm R5R5", some("offered")) == Meaning(Act.ASK_BACK, Word.CONFIRM, codes=(), wanted=Word.CONFIRM)


@each_row(("read", "act"), [(Word.STOP, Act.STOP), (Word.RESUME, Act.RESUME), (Word.HELP, Act.HELP)], ids=str)
@each_row("text", ["yes", "stop", "start", "help", "pause", "", "yes K7F3"])
@each_row("opted_out", [True, False])
def test_opt_out_type_from_twilio_counts_more_than_the_text(text, read, act, opted_out):
    heard = InboundText(text, "yes:job-0", "job-0", SOON, read)
    assert understand(heard, some("offered", "approved"), None, opted_out=opted_out) == Meaning(act, read)


def test_every_opt_out_type_is_a_word_that_twilio_answers():
    assert OPT_OUT_TYPES == {"STOP": Word.STOP, "START": Word.RESUME, "HELP": Word.HELP}


@each_row(
    ("heard", "opted_out", "act"),
    [
        pytest.param(InboundText("pause", pause_until=SOON), False, Act.PAUSE, id="a pause"),
        pytest.param(
            InboundText("pause", quoted_job="job-0", pause_until=SOON), False, Act.PAUSE, id="quoting an offer"
        ),
        pytest.param(InboundText("pause", pause_until=SOON), True, Act.UNKNOWN, id="of whom nothing is sent to"),
        pytest.param(InboundText("stop", pause_until=SOON), False, Act.STOP, id="stop is stop"),
        pytest.param(InboundText("pause", "yes:job-0", pause_until=SOON), False, Act.CLAIM, id="the name of a button"),
        pytest.param(InboundText("pause"), False, Act.UNKNOWN, id="no moment"),
    ],
)
def test_pause_text_pauses_unless_opted_out(heard, opted_out, act):
    assert understand(heard, some("offered"), None, opted_out=opted_out).act is act


@each_row(
    ("standings", "paused", "act"),
    [
        pytest.param(["assigned"], True, Act.RESUME, id="nothing to begin"),
        pytest.param(["in_progress"], True, Act.RESUME, id="begun already"),
        pytest.param(["approved"], True, Act.BEGIN, id="a visit to begin"),
        pytest.param(["approved", "approved"], True, Act.ASK_BACK, id="two to begin"),
        pytest.param(["assigned"], False, Act.EXPLAIN, id="without a pause"),
        pytest.param([], True, Act.RESUME, id="no jobs"),
    ],
)
def test_start_amid_a_pause(standings, paused, act):
    assert understand(InboundText("start"), some(*standings), None, opted_out=False, paused=paused).act is act


@each_row("payload", ["", "yes", "yes:", "dance:job-0", ":job-0"])
def test_unknown_button_payload_is_ignored_and_the_text_is_read(payload):
    assert hear("yes", some("offered"), payload=payload) == Meaning(Act.CLAIM, Word.YES, "job-0")


def test_quote_and_code_of_the_same_job_are_no_contradiction():
    matters = some("offered", "offered")
    assert hear("yes m4t9", matters, quoted_job="job-1") == Meaning(Act.CLAIM, Word.YES, "job-1")


def test_reused_code_means_the_job_that_the_word_can_change():
    matters = [Matter("new", "K7F3", JobStanding.TAKEN), Matter("old", "K7F3", JobStanding.APPROVED)]
    assert hear("complete K7F3", matters) == Meaning(Act.COMPLETE, Word.COMPLETE, "old")
    assert hear("yes K7F3", matters) == Meaning(Act.EXPLAIN, Word.YES, "new")


def test_job_listed_twice_has_the_standing_of_its_newest_row():
    twice = [Matter("job", "K7F3", JobStanding.OFFERED), Matter("job", "K7F3", JobStanding.DECLINED)]
    assert hear("yes", twice) == Meaning(Act.CLAIM, Word.YES, "job")
    twice = [Matter("job", "K7F3", JobStanding.PASSED), Matter("job", "K7F3", JobStanding.OFFERED)]
    assert hear("yes", twice) == Meaning(Act.EXPLAIN, Word.YES, "job")


def test_code_of_another_shape_is_found_if_a_job_has_it():
    assert hear("yes ab12", [Matter("job", "AB12", JobStanding.OFFERED)]).job == "job"


YES_PHRASES = [" ".join(phrase) for phrase, meaning in words.PHRASES.items() if meaning == Word.YES]
ANY_TOKEN = st.sampled_from(sorted({token for phrase in words.PHRASES for token in phrase} | {"K7F3", "not", "?"}))
ANY_TEXT = st.text(max_size=300) | st.lists(ANY_TOKEN, max_size=8).map(" ".join)
MATTERS = st.lists(st.sampled_from(JobStanding), max_size=4).map(lambda standings: some(*standings))


@given(
    text=ANY_TEXT,
    matters=MATTERS,
    payload=st.none() | st.text(max_size=20),
    quoted=st.sampled_from([None, "job-0", "x"]),
)
def test_nothing_raises_and_only_a_yes_claims(text, matters, payload, quoted):
    meaning = understand(InboundText(text, payload, quoted), matters, None, opted_out=False)
    if meaning.act is Act.CLAIM:
        assert read(text) is Word.YES
        said = " ".join(token for token in words.tokens(text) if not codes.looks_like(token))
        assert any(phrase in said for phrase in YES_PHRASES)
        open_ = (JobStanding.OFFERED, JobStanding.DECLINED)
        assert meaning.job in {matter.job for matter in matters if matter.standing in open_}


@given(text=ANY_TEXT, matters=MATTERS, word=st.sampled_from(STRONG), job=st.sampled_from([None, "job-0", "x"]))
def test_a_change_is_always_of_a_job_that_stands_so(text, matters, word, job):
    meaning = understand(InboundText(text), matters, Question(word, job), opted_out=False)
    if meaning.act in CHANGES:
        standing = next(matter.standing for matter in matters if matter.job == meaning.job)
        assert TABLE[meaning.word, standing] is meaning.act
    assert (meaning.act is Act.ASK_BACK) == (meaning.wanted is not None)
