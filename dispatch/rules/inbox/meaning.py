"""What a person's words, tap or emoji mean, and about which job.

A word refers to a job by the button's payload, else by a code or a quoted message, else to the only job for which it
has an effect; else we ask back. A code that this person was never sent is asked back too: it never falls through to
another job.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.rules.inbox import buttons
from dispatch.rules.inbox.acts import CHANGES, NEAREST, TABLE, Act, JobStanding
from dispatch.rules.inbox.text import ParsedText, parse
from dispatch.rules.inbox.words import Word

__all__ = [
    *("OPT_OUT_TYPES", "Act", "InboundText", "JobStanding", "Matter", "Meaning", "Question", "Word"),
    *("read", "understand"),
]


@dataclass(frozen=True)
class InboundText:
    """One inbound message: its text, the payload of a tapped button, the job of the message it quotes.

    `pause_until` is how long its text asks for a pause (see pausing.py), `opt_out` what Twilio has read in it.
    """

    text: str
    payload: str | None = None
    quoted_job: str | None = None
    pause_until: datetime | None = None
    opt_out: Word | None = None


@dataclass(frozen=True)
class Matter:
    """One job this person has to do with; `job` and `offer` are opaque ids, `plan` numbers its times and places."""

    job: str
    code: str
    standing: JobStanding
    offer: str | None = None
    plan: int = 1


@dataclass(frozen=True)
class Question:
    """The question in our last message to them; without a job it was: which one? (then a code alone answers)"""

    word: Word
    job: str | None = None


@dataclass(frozen=True)
class Meaning:
    """What to do, about which job. ASK_BACK brings the codes to choose from and the word to send with one of them."""

    act: Act
    word: Word
    job: str | None = None
    codes: tuple[str, ...] = ()
    wanted: Word | None = None


_REFUSALS = frozenset({Word.NO, Word.RELEASE})
#: What Twilio's Advanced Opt-Out says in `OptOutType` -> the word. It has answered these itself.
OPT_OUT_TYPES = {"STOP": Word.STOP, "START": Word.RESUME, "HELP": Word.HELP}
# A word for which no job is needed means the same whatever is named.
_JOBLESS = {Word.HELP: Act.HELP, Word.RESUME: Act.RESUME, Word.UNKNOWN: Act.UNKNOWN}
_TWILIOS = {Word.STOP: Act.STOP, Word.RESUME: Act.RESUME, Word.HELP: Act.HELP}


def understand(
    heard: InboundText, matters: Sequence[Matter], asked: Question | None, *, opted_out: bool, paused: bool = False
) -> Meaning:
    """What to do about a message.

    `matters` are the jobs this person has to do with as they stood when the message arrived, newest first; `asked` is
    the question in our last message to them. STOP is STOP whatever else; somebody opted out is heard only on START.
    What Twilio has read in it counts before all that it says. START ends a pause, unless it begins a visit.
    """
    if heard.opt_out:
        return Meaning(_TWILIOS[heard.opt_out], heard.opt_out)
    said = parse(heard.text, known={matter.code.upper() for matter in matters})
    if said.word is Word.STOP:
        return Meaning(Act.STOP, Word.STOP)
    if opted_out:
        back = said.whole and said.word in {Word.START, Word.RESUME}
        return Meaning(Act.RESUME if back else Act.UNKNOWN, said.word)
    matters = _newest_of_each(matters)
    if tapped := buttons.read(heard.payload):
        return _about(tapped.word, {tapped.job}, matters)
    if heard.pause_until:
        return Meaning(Act.PAUSE, Word.PAUSE)
    named = _named(said, heard.quoted_job, matters)
    if said.word is Word.WEAK:
        return _weak(said, named, matters, asked)
    if said.word in _JOBLESS:
        known = next((matter.job for matter in matters if named == {matter.job}), None)
        return Meaning(_JOBLESS[said.word], said.word, known)
    if named:
        return _about(said.word, named, matters)
    return _unnamed(said.word, matters, asked, paused=paused)


def _newest_of_each(matters: Sequence[Matter]) -> list[Matter]:
    newest: dict[str, Matter] = {}
    for matter in matters:
        newest.setdefault(matter.job, matter)
    return list(newest.values())


def _named(said: ParsedText, quoted: str | None, matters: Sequence[Matter]) -> set[str | None]:
    """The jobs a message names by code or quote; None stands for a job this person does not know."""
    named: set[str | None] = {quoted if any(matter.job == quoted for matter in matters) else None} if quoted else set()
    for code in said.codes:
        # A code may come again once its first job is over: the one that the word can still move is meant.
        same = [matter for matter in matters if matter.code.upper() == code]
        movable = [matter for matter in same if TABLE[said.word, matter.standing] in CHANGES]
        named.add((movable or same)[0].job if same else None)
    return named


def _weak(said: ParsedText, named: set[str | None], matters: Sequence[Matter], asked: Question | None) -> Meaning:
    """A weak word or a bare code: the answer to what was just asked about that very job, or none."""
    about = named or ({asked.job} if asked else set())
    matter = next((matter for matter in matters if about == {matter.job}), None)
    if matter and asked and asked.job in {None, matter.job}:
        return Meaning(TABLE[asked.word, matter.standing], asked.word, matter.job)
    if matter and said.codes:
        return Meaning(Act.EXPLAIN, Word.WEAK, matter.job)  # "K7F3": how does it stand?
    return Meaning(Act.UNKNOWN, Word.WEAK)


def _about(word: Word, named: set[str | None] | set[str], matters: Sequence[Matter]) -> Meaning:
    """A word about a job named outright; named twice differently, or unknown to this person: ask back."""
    for matter in matters:
        if named == {matter.job}:
            return Meaning(TABLE[word, matter.standing], word, matter.job)
    among = [matter for matter in matters if matter.job in named]
    return _ask_back(word, _movable(word, among) or _movable(word, matters), matters)


def _unnamed(word: Word, matters: Sequence[Matter], asked: Question | None, *, paused: bool) -> Meaning:
    """A word alone: about the only job it can move."""
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
    """The job we asked about last, if this answers the question and the job has moved on meanwhile.

    A YES to the offer of a job just taken must not claim another one that happens to be open.
    """
    if asked is None or not (word is asked.word or (word in _REFUSALS and asked.word in {Word.YES, Word.CONFIRM})):
        return None
    matter = next((matter for matter in matters if matter.job == asked.job), None)
    return matter if matter and TABLE[word, matter.standing] not in CHANGES else None


def _movable(word: Word, matters: Sequence[Matter]) -> list[Matter]:
    return [matter for matter in matters if TABLE[word, matter.standing] in CHANGES]


def _ask_back(word: Word, choice: Sequence[Matter], matters: Sequence[Matter]) -> Meaning:
    wanted = Word.BEGIN if word is Word.START else word
    if word is Word.YES and not choice:  # no offer, but a job awaiting CONFIRM: is that what they mean?
        choice = _movable(Word.CONFIRM, matters)
        wanted = Word.CONFIRM if choice else Word.YES
    return Meaning(Act.ASK_BACK, word, codes=tuple(matter.code for matter in choice), wanted=wanted)
