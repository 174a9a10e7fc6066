"""Answers to what we just asked: weak words, bare codes, answers that come too late; and opting out."""

import itertools

import pytest

from dispatch.rules.inbox.acts import TABLE
from dispatch.rules.inbox.meaning import Act, InboundText, JobStanding, Matter, Meaning, Question, Word, understand
from tests.rules.situations import hear, some
from tests.tables import each_row


@each_row("weak", ["ok", "OK!", "okay", "sure", "fine sir", "👍", "👍🏿👍🏿", "👌", "✅", "no problem", "No wahala"])
@each_row(
    ("word", "standing"), list(itertools.product([Word.YES, Word.CONFIRM, Word.BEGIN, Word.COMPLETE], JobStanding))
)
def test_weak_word_after_a_question_answers_that_question(weak, word, standing):
    matters = [*some("offered", "assigned"), Matter("asked", "W8R6X", standing)]
    act = Act.EXPLAIN if standing is JobStanding.DECLINED else TABLE[word, standing]  # "no" and "ok" is no yes
    assert hear(weak, matters, Question(word, "asked")) == Meaning(act, word, "asked")
    assert hear(weak, matters) == Meaning(Act.UNKNOWN, Word.WEAK)


@each_row(
    ("text", "asked", "how"),
    [
        pytest.param("ok", Question(Word.YES, "job-1"), {"quoted_job": "job-0"}, id="quotes another job"),
        pytest.param("ok", Question(Word.YES, "unknown"), {}, id="asked about a job not at hand"),
        pytest.param("ok", Question(Word.YES), {}, id="asked which one"),
        pytest.param("👍", None, {"quoted_job": "job-0"}, id="quotes an offer, nothing asked"),
        pytest.param("ok R5R5", Question(Word.YES, "job-0"), {}, id="an unknown code"),
        pytest.param("ok?", Question(Word.YES, "job-0"), {}, id="a question"),
        pytest.param("ok but later", Question(Word.YES, "job-0"), {}, id="hedged"),
    ],
)
def test_weak_word_without_a_fitting_question_is_unknown(text, asked, how):
    assert hear(text, some("offered", "offered"), asked, **how).act is Act.UNKNOWN


@each_row("text", ["K7F3", "k7f3 please", "ok k7f3", "*K7F3* 👍"])
@each_row(
    ("asked", "meaning"),
    [
        pytest.param(Question(Word.YES), Meaning(Act.CLAIM, Word.YES, "job-0"), id="asked which one"),
        pytest.param(Question(Word.YES, "job-0"), Meaning(Act.CLAIM, Word.YES, "job-0"), id="asked about it"),
        pytest.param(Question(Word.CONFIRM), Meaning(Act.EXPLAIN, Word.CONFIRM, "job-0"), id="asked for another word"),
        pytest.param(Question(Word.YES, "job-1"), Meaning(Act.EXPLAIN, Word.WEAK, "job-0"), id="asked about another"),
        pytest.param(None, Meaning(Act.EXPLAIN, Word.WEAK, "job-0"), id="nothing asked"),
    ],
)
def test_code_alone_is_the_word_that_was_asked_for(text, asked, meaning):
    assert hear(text, some("offered", "offered"), asked) == meaning


@each_row(
    ("text", "asked", "standings", "meaning"),
    [
        pytest.param("yes", "yes", "taken offered", Meaning(Act.EXPLAIN, Word.YES, "job-0"), id="yes, just taken"),
        pytest.param("yes", "yes", "gone assigned", Meaning(Act.EXPLAIN, Word.YES, "job-0"), id="yes, just withdrawn"),
        pytest.param("no", "yes", "taken offered", Meaning(Act.EXPLAIN, Word.NO, "job-0"), id="no, just taken"),
        pytest.param("no", "confirm", "assigned offered", Meaning(Act.EXPLAIN, Word.NO, "job-0"), id="no to confirm"),
        pytest.param("no", "complete", "approved offered", Meaning(Act.DECLINE, Word.NO, "job-1"), id="no to an offer"),
        pytest.param("yes", "confirm", "assigned offered", Meaning(Act.CLAIM, Word.YES, "job-1"), id="yes to an offer"),
        pytest.param(
            "confirm", "confirm", "approved assigned", Meaning(Act.EXPLAIN, Word.CONFIRM, "job-0"), id="twice"
        ),
        pytest.param(
            "yes",
            "yes",
            "offered offered",
            Meaning(Act.ASK_BACK, Word.YES, codes=("K7F3", "M4T9"), wanted=Word.YES),
            id="both still open",
        ),
    ],
)
def test_an_answer_that_comes_too_late_is_not_given_to_another_job(text, asked, standings, meaning):
    assert hear(text, some(*standings.split()), Question(Word(asked), "job-0")) == meaning


@each_row("text", ["STOP", "stop.", "Stop!", " stop\n", "STOP 🛑", "Unsubscribe", "stop all", "ｓｔｏｐ"])
@each_row("opted_out", [True, False])
def test_stop_is_stop_whatever_else(text, opted_out):
    heard = InboundText(text, payload="yes:job-0", quoted_job="job-0")
    meaning = understand(heard, some("offered", "approved"), Question(Word.YES, "job-0"), opted_out=opted_out)
    assert meaning == Meaning(Act.STOP, Word.STOP)


@each_row("text", ["start", "START!", "Resume", "subscribe"])
def test_start_from_an_opted_out_person_opts_in(text):
    assert hear(text, some("approved", "offered"), opted_out=True).act is Act.RESUME


@each_row("text", ["yes", "yes k7f3", "help", "ok", "start k7f3", "start the inspection", "done", "", "hi"])
def test_other_text_from_an_opted_out_person_is_unknown(text):
    matters = some("offered", "approved")
    assert hear(text, matters, Question(Word.YES, "job-0"), opted_out=True).act is Act.UNKNOWN
    assert hear(text, matters, payload="yes:job-0", opted_out=True).act is Act.UNKNOWN


def test_help_with_a_code_or_a_quote_is_linked_to_the_job():
    assert hear("help k7f3", some("offered", "offered")) == Meaning(Act.HELP, Word.HELP, "job-0")
    assert hear("what is this", some("offered"), quoted_job="job-0") == Meaning(Act.UNKNOWN, Word.UNKNOWN, "job-0")
