"""The table of words and standings, each cell by code, quote and button; and each word without a code."""

import pytest

from dispatch.rules.inbox.acts import CHANGES, TABLE
from dispatch.rules.inbox.meaning import Act, JobStanding, Matter, Meaning, Word
from tests.rules.situations import STRONG, hear, some
from tests.tables import each_row

# Written out a second time on purpose: one letter a standing, in the order of JobStanding; e is EXPLAIN.
EXPECTED = {
    #     offered claimed taken gone declined passed moved released assigned approved in_progress completed
    Word.YES: "claim explain explain explain claim explain explain explain explain explain explain explain",
    Word.NO: "decline decline explain explain explain explain explain explain explain explain explain explain",
    Word.CONFIRM: "explain confirm explain explain explain explain explain explain confirm explain explain explain",
    Word.RELEASE: "decline decline explain explain explain explain explain explain release release explain explain",
    Word.BEGIN: "explain explain explain explain explain explain explain explain explain begin explain explain",
    Word.START: "explain explain explain explain explain explain explain explain explain begin explain explain",
    Word.COMPLETE: "explain explain explain explain explain explain explain explain explain complete complete explain",
    Word.HELP: " ".join(["help"] * 12),
    Word.STOP: " ".join(["stop"] * 12),
    Word.RESUME: " ".join(["resume"] * 12),
    Word.WEAK: " ".join(["unknown"] * 12),
    Word.UNKNOWN: " ".join(["unknown"] * 12),
}
BUTTONS = [
    ("yes", Word.YES),
    ("no", Word.NO),
    ("confirm", Word.CONFIRM),
    ("begin", Word.BEGIN),
    ("complete", Word.COMPLETE),
    ("release", Word.RELEASE),
]
CELLS = [
    pytest.param(word, standing, Act(act), id=f"{word}-{standing}")
    for word, row in EXPECTED.items()
    for standing, act in zip(JobStanding, row.split(), strict=True)
]


@each_row(("word", "standing", "act"), CELLS)
def test_each_word_in_each_standing_leads_to_the_act_of_its_cell(word, standing, act):
    assert TABLE[word, standing] is act


@each_row(("word", "standing", "act"), [cell for cell in CELLS if cell.values[0] in STRONG])
def test_word_with_a_code_follows_the_cell_of_that_job_among_other_open_jobs(word, standing, act):
    matters = [Matter("mine", "K7F3", standing), *some("offered", "assigned", "approved")[1:]]
    for text in (f"{word} k7f3", f"K7F3 {word.upper()}", f"{word.title()}: *k7f3*, please!"):
        assert hear(text, matters) == Meaning(act, word, "mine")
    assert hear(word, matters, quoted_job="mine") == Meaning(act, word, "mine")


@each_row(("verb", "word"), BUTTONS)
@each_row("standing", JobStanding)
def test_tapped_button_is_read_as_its_word_about_its_job(verb, word, standing):
    matters = [*some("offered", "assigned"), Matter("mine", "W8R6X", standing)]
    meaning = hear("Some title", matters, payload=f"{verb}:mine")
    assert (meaning.act, meaning.word, meaning.job) == (TABLE[word, standing], word, "mine")


SITUATIONS = [
    # word, standings (newest first), act, which job, codes, the word wanted with them
    ("yes", "", Act.ASK_BACK, None, "", "yes"),
    ("yes", "offered", Act.CLAIM, 0, "", None),
    ("yes", "offered offered", Act.ASK_BACK, None, "K7F3 M4T9", "yes"),
    ("yes", "taken offered", Act.CLAIM, 1, "", None),
    ("yes", "declined offered assigned", Act.CLAIM, 1, "", None),
    ("yes", "declined", Act.CLAIM, 0, "", None),
    ("yes", "declined taken", Act.CLAIM, 0, "", None),
    ("yes", "taken declined", Act.EXPLAIN, 0, "", None),
    ("yes", "declined declined", Act.CLAIM, 0, "", None),
    ("yes", "passed", Act.EXPLAIN, 0, "", None),
    ("yes", "declined claimed", Act.CLAIM, 0, "", None),
    ("yes", "assigned", Act.ASK_BACK, None, "K7F3", "confirm"),
    ("yes", "assigned assigned taken", Act.ASK_BACK, None, "K7F3 M4T9", "confirm"),
    ("yes", "taken", Act.EXPLAIN, 0, "", None),
    ("yes", "claimed", Act.EXPLAIN, 0, "", None),
    ("yes", "approved gone taken", Act.EXPLAIN, 1, "", None),
    ("yes", "taken gone", Act.EXPLAIN, 0, "", None),
    ("yes", "approved", Act.EXPLAIN, 0, "", None),
    ("no", "", Act.ASK_BACK, None, "", "no"),
    ("no", "offered", Act.DECLINE, 0, "", None),
    ("no", "offered claimed", Act.ASK_BACK, None, "K7F3 M4T9", "no"),
    ("no", "claimed", Act.DECLINE, 0, "", None),
    ("no", "declined", Act.EXPLAIN, 0, "", None),
    ("no", "taken assigned", Act.EXPLAIN, 1, "", None),
    ("confirm", "", Act.ASK_BACK, None, "", "confirm"),
    ("confirm", "assigned", Act.CONFIRM, 0, "", None),
    ("confirm", "offered assigned approved", Act.CONFIRM, 1, "", None),
    ("confirm", "assigned assigned", Act.ASK_BACK, None, "K7F3 M4T9", "confirm"),
    ("confirm", "offered approved", Act.EXPLAIN, 1, "", None),
    ("confirm", "claimed", Act.CONFIRM, 0, "", None),
    ("confirm", "offered claimed taken", Act.CONFIRM, 1, "", None),
    ("confirm", "claimed claimed", Act.ASK_BACK, None, "K7F3 M4T9", "confirm"),
    ("confirm", "claimed assigned", Act.ASK_BACK, None, "K7F3 M4T9", "confirm"),
    ("confirm", "offered", Act.EXPLAIN, 0, "", None),
    ("begin", "", Act.ASK_BACK, None, "", "begin"),
    ("begin", "approved", Act.BEGIN, 0, "", None),
    ("begin", "approved approved", Act.ASK_BACK, None, "K7F3 M4T9", "begin"),
    ("begin", "offered in_progress", Act.EXPLAIN, 1, "", None),
    ("begin", "offered assigned", Act.EXPLAIN, 1, "", None),
    ("start", "", Act.RESUME, None, "", None),
    ("start", "offered", Act.RESUME, None, "", None),
    ("start", "completed offered", Act.RESUME, None, "", None),
    ("start", "offered approved", Act.BEGIN, 1, "", None),
    ("start", "approved approved", Act.ASK_BACK, None, "K7F3 M4T9", "begin"),
    ("start", "in_progress", Act.EXPLAIN, 0, "", None),
    ("complete", "", Act.ASK_BACK, None, "", "complete"),
    ("complete", "in_progress", Act.COMPLETE, 0, "", None),
    ("complete", "offered approved completed", Act.COMPLETE, 1, "", None),
    ("complete", "in_progress approved", Act.ASK_BACK, None, "K7F3 M4T9", "complete"),
    ("complete", "offered completed", Act.EXPLAIN, 1, "", None),
    ("complete", "assigned", Act.EXPLAIN, 0, "", None),
    ("yes", "moved", Act.EXPLAIN, 0, "", None),
    ("yes", "taken released", Act.EXPLAIN, 0, "", None),
    ("confirm", "moved", Act.EXPLAIN, 0, "", None),
    ("confirm", "moved assigned", Act.CONFIRM, 1, "", None),
    ("release", "", Act.ASK_BACK, None, "", "release"),
    ("release", "assigned", Act.RELEASE, 0, "", None),
    ("release", "approved", Act.RELEASE, 0, "", None),
    ("release", "offered", Act.DECLINE, 0, "", None),
    ("release", "offered approved", Act.ASK_BACK, None, "K7F3 M4T9", "release"),
    ("release", "in_progress", Act.EXPLAIN, 0, "", None),
    ("release", "taken released", Act.EXPLAIN, 1, "", None),
    ("release", "moved", Act.EXPLAIN, 0, "", None),
    ("help", "", Act.HELP, None, "", None),
    ("help", "offered assigned", Act.HELP, None, "", None),
    ("resume", "approved", Act.RESUME, None, "", None),
    ("stop", "offered approved", Act.STOP, None, "", None),
    ("bananas", "offered", Act.UNKNOWN, None, "", None),
    ("ok", "offered", Act.UNKNOWN, None, "", None),
]


@each_row(
    ("text", "standings", "act", "job", "choice", "wanted"),
    [pytest.param(*row, id=f"{row[0]}: {row[1] or 'nothing'}") for row in SITUATIONS],
)
def test_word_without_a_code_is_read_by_the_jobs_at_hand(text, standings, act, job, choice, wanted):
    meaning = hear(text, some(*standings.split()))
    assert (meaning.act, meaning.job) == (act, None if job is None else f"job-{job}")
    assert meaning.codes == tuple(choice.split())
    assert meaning.wanted == wanted


@each_row(
    ("standings", "last", "act", "job"),
    [
        pytest.param("taken declined", "job-1", Act.CLAIM, "job-1", id="the job of our last message"),
        pytest.param("declined taken", "job-1", Act.EXPLAIN, "job-1", id="our last message was about another job"),
        pytest.param("declined declined", "job-1", Act.CLAIM, "job-1", id="two refusals, one just now"),
        pytest.param("offered declined", "job-1", Act.CLAIM, "job-0", id="an open offer comes first"),
        pytest.param("passed declined", None, Act.EXPLAIN, "job-0", id="an older refusal"),
    ],
)
def test_yes_alone_takes_a_refusal_back_only_if_it_refers_to_that_job(standings, last, act, job):
    meaning = hear("yes", some(*standings.split()), last_job=last)
    assert (meaning.act, meaning.job) == (act, job)


@each_row("text", ["yes K7F3", "K7F3 yes please"])
def test_yes_with_a_code_takes_a_refusal_back_whatever_we_wrote_last(text):
    assert hear(text, some("declined", "offered"), last_job="job-1") == Meaning(Act.CLAIM, Word.YES, "job-0")


@each_row("word", STRONG)
@each_row("standing", JobStanding)
def test_word_without_a_code_about_a_single_job_follows_its_cell(word, standing):
    meaning = hear(word, some(standing))
    if TABLE[word, standing] in CHANGES:
        assert meaning == Meaning(TABLE[word, standing], word, "job-0")
    else:
        assert meaning.act not in CHANGES
