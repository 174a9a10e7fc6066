"""The meaning of a person's text, tap or emoji: an act, and the job that it is about.

The job is that of the button's payload, else that of a code or a quoted message, else the only job on which the word
has an effect; else we ask which job they mean. We also ask if the message has a code that this person was never sent:
such a message never changes another job.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.rules.inbox import buttons
from dispatch.rules.inbox.acts import CHANGES, NEAREST, TABLE, Act, JobStanding
from dispatch.rules.inbox.text import ParsedText, parse, read, read_as_clients
from dispatch.rules.inbox.words import Word

__all__ = [
    "OPT_OUT_TYPES",
    "Act",
    "InboundText",
    "JobStanding",
    "Matter",
    "Meaning",
    "Question",
    "Word",
    "read",
    "read_as_clients",
    "understand",
]


@dataclass(frozen=True)
class InboundText:
    """One inbound message: its text, the payload of a tapped button, the job of the message that it quotes.

    `last_job` is the job of our last message to them. `pause_until` is the end of the pause that the text asks for (see
    pause_texts.py), `opt_out` the word that Twilio's Advanced Opt-Out has read.
    """

    text: str
    payload: str | None = None
    quoted_job: str | None = None
    pause_until: datetime | None = None
    opt_out: Word | None = None
    last_job: str | None = None


@dataclass(frozen=True)
class Matter:
    """One job that concerns this person. `job` and `offer` are opaque ids, `plan` the number of its time and place."""

    job: str
    code: str
    standing: JobStanding
    offer: str | None = None
    plan: int = 1


@dataclass(frozen=True)
class Question:
    """The question in our last message to them. Without a job the question was which job; a code alone answers it."""

    word: Word
    job: str | None = None


@dataclass(frozen=True)
class Meaning:
    """An act and its job. For ASK_BACK, `codes` has the codes to choose from and `wanted` the word to send with one."""

    act: Act
    word: Word
    job: str | None = None
    codes: tuple[str, ...] = ()
    wanted: Word | None = None


_REFUSALS = frozenset({Word.NO, Word.RELEASE})
#: `OptOutType` of Twilio's Advanced Opt-Out -> the word. Twilio has replied to these itself.
OPT_OUT_TYPES = {"STOP": Word.STOP, "START": Word.RESUME, "HELP": Word.HELP}
# These words mean the same whatever job is named.
_JOBLESS = {Word.HELP: Act.HELP, Word.RESUME: Act.RESUME, Word.UNKNOWN: Act.UNKNOWN}
_TWILIOS = {Word.STOP: Act.STOP, Word.RESUME: Act.RESUME, Word.HELP: Act.HELP}


def understand(
    message: InboundText, matters: Sequence[Matter], asked: Question | None, *, opted_out: bool, paused: bool = False
) -> Meaning:
    """Return the act that a message asks for.

    `matters` are the jobs that concern this person, as of the message's arrival, newest first. `asked` is the question
    in our last message to them. Twilio's reading of the message comes first. STOP always counts. From a person who has
    opted out, only START counts. START ends a pause, unless it begins a visit.
    """
    if message.opt_out:
        return Meaning(_TWILIOS[message.opt_out], message.opt_out)
    parsed = parse(message.text, known={matter.code.upper() for matter in matters})
    if parsed.word is Word.STOP:
        return Meaning(Act.STOP, Word.STOP)
    if opted_out:
        back = parsed.whole and parsed.word in {Word.START, Word.RESUME}
        return Meaning(Act.RESUME if back else Act.UNKNOWN, parsed.word)
    matters = _newest_of_each(matters)
    if tapped := buttons.read(message.payload):
        return _about(tapped.word, {tapped.job}, matters)
    if message.pause_until:
        return Meaning(Act.PAUSE, Word.PAUSE)
    named = _named(parsed, message.quoted_job, matters)
    if parsed.word is Word.QUIT:  # they may mean the visit, or all messages
        return _ask_back(Word.RELEASE, _movable(Word.RELEASE, matters), matters)
    if parsed.word is Word.WEAK:
        return _weak(parsed, named, matters, asked)
    if parsed.word in _JOBLESS:
        known = next((matter.job for matter in matters if named == {matter.job}), None)
        return Meaning(_JOBLESS[parsed.word], parsed.word, known)
    if named:
        return _about(parsed.word, named, matters)
    return _unnamed(parsed.word, _without_old_refusals(matters, message.last_job), asked, paused=paused)


def _newest_of_each(matters: Sequence[Matter]) -> list[Matter]:
    newest: dict[str, Matter] = {}
    for matter in matters:
        newest.setdefault(matter.job, matter)
    return list(newest.values())


def _named(parsed: ParsedText, quoted: str | None, matters: Sequence[Matter]) -> set[str | None]:
    """Return the jobs that a message names by code or quote. None stands for a job that this person does not know."""
    named: set[str | None] = {quoted if any(matter.job == quoted for matter in matters) else None} if quoted else set()
    for code in parsed.codes:
        # A code is used again once its first job is over: the job that the word can change is meant.
        same = [matter for matter in matters if matter.code.upper() == code]
        movable = [matter for matter in same if TABLE[parsed.word, matter.standing] in CHANGES]
        named.add((movable or same)[0].job if same else None)
    return named


def _weak(parsed: ParsedText, named: set[str | None], matters: Sequence[Matter], asked: Question | None) -> Meaning:
    """Return the meaning of a weak word or a bare code: the answer to our question about that job, if we asked one.

    It takes no NO back: "no" and "ok" in one breath is a NO.
    """
    about = named or ({asked.job} if asked else set())
    matter = next((matter for matter in matters if about == {matter.job}), None)
    if matter and asked and asked.job in {None, matter.job}:
        act = Act.EXPLAIN if matter.standing is JobStanding.DECLINED else TABLE[asked.word, matter.standing]
        return Meaning(act, asked.word, matter.job)
    if matter and parsed.codes:
        return Meaning(Act.EXPLAIN, Word.WEAK, matter.job)  # "K7F3" alone asks for the status
    return Meaning(Act.UNKNOWN, Word.WEAK)


def _about(word: Word, named: set[str | None] | set[str], matters: Sequence[Matter]) -> Meaning:
    """Return the meaning of a word with a named job. Ask back if it names two jobs, or one that they do not know."""
    for matter in matters:
        if named == {matter.job}:
            return Meaning(TABLE[word, matter.standing], word, matter.job)
    among = [matter for matter in matters if matter.job in named]
    return _ask_back(word, _movable(word, among) or _movable(word, matters), matters)


def _without_old_refusals(matters: Sequence[Matter], last_job: str | None) -> Sequence[Matter]:
    """Return the matters, with PASSED for declined jobs to which a word alone does not refer.

    It can only refer to the job of our last message, or to the newest job. An offer that is open comes first.
    """
    last = last_job or (matters[0].job if matters else None)
    is_offered = any(matter.standing is JobStanding.OFFERED for matter in matters)
    return [
        replace(matter, standing=JobStanding.PASSED)
        if matter.standing is JobStanding.DECLINED and (is_offered or matter.job != last)
        else matter
        for matter in matters
    ]


def _unnamed(word: Word, matters: Sequence[Matter], asked: Question | None, *, paused: bool) -> Meaning:
    """Return the meaning of a word alone: it is about the only job that it can change."""
    if gone := _answered_too_late(word, matters, asked):
        return Meaning(Act.EXPLAIN, word, gone.job)
    movable = _movable(word, matters)
    if len(movable) == 1:
        return Meaning(TABLE[word, movable[0].standing], word, movable[0].job)
    awaiting = word is Word.YES and any(matter.standing is JobStanding.ASSIGNED for matter in matters)
    if movable or awaiting or (not matters and word is not Word.START):
        return _ask_back(word, movable, matters)
    near = [matter for matter in matters if matter.standing in NEAREST[word]]
    if word is Word.START and (paused or not near):
        return Meaning(Act.RESUME, word)
    return Meaning(Act.EXPLAIN, word, (near or matters)[0].job)


def _answered_too_late(word: Word, matters: Sequence[Matter], asked: Question | None) -> Matter | None:
    """Return the job of our last question, if this answers it and can no longer change that job. Else return None.

    A YES to the offer of a job just taken must not claim another job that happens to be open.
    """
    if asked is None or not (word is asked.word or (word in _REFUSALS and asked.word in {Word.YES, Word.CONFIRM})):
        return None
    matter = next((matter for matter in matters if matter.job == asked.job), None)
    return matter if matter and TABLE[word, matter.standing] not in CHANGES else None


def _movable(word: Word, matters: Sequence[Matter]) -> list[Matter]:
    return [matter for matter in matters if TABLE[word, matter.standing] in CHANGES]


def _ask_back(word: Word, choice: Sequence[Matter], matters: Sequence[Matter]) -> Meaning:
    wanted = Word.BEGIN if word is Word.START else word
    if word is Word.YES and not choice:  # no offer, but a job may await CONFIRM: ask about that
        choice = _movable(Word.CONFIRM, matters)
        wanted = Word.CONFIRM if choice else Word.YES
    return Meaning(Act.ASK_BACK, word, codes=tuple(matter.code for matter in choice), wanted=wanted)
