"""What people write: the words we know, in each language, as data.

A text counts as a word only when *everything* in it is known: the word itself, codes, and fillers that change
nothing. "Yes please, sir" is YES; "yes but not today" is UNKNOWN, because nobody taught us "but". An unknown text
gets help, so nothing is lost; a YES that was none would send somebody across Lagos.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum


class Word(StrEnum):
    """What was said."""

    YES = "yes"
    NO = "no"
    CONFIRM = "confirm"
    BEGIN = "begin"
    START = "start"  # begin a visit, or receive offers again: the situation decides
    COMPLETE = "complete"
    RELEASE = "release"
    HELP = "help"
    STOP = "stop"
    RESUME = "resume"
    WEAK = "weak"  # "ok": an answer only to a question just asked
    UNKNOWN = "unknown"


FILLER = "filler"

# Phrases are separated by commas and written without apostrophes. The longest phrase at a place wins:
# "no problem" is weak although "no" is NO. Adding a language is adding a table to LANGUAGES.
ENGLISH: dict[str, str] = {
    Word.YES: """yes, y, yeah, yea, yah, yep, yup, ya, accept, accepted, i take it, ill take it, i will take it,
        i want it, i can take it, ill do it, i will do it, i can do it, mine, interested, available, count me in,
        im in, i am in, yes i am, yes i can, yes i will, yes i do, yes for, yes to""",
    Word.NO: """no, n, nope, nah, decline, declined, pass, reject, rejected, skip, busy, unavailable, not available,
        not interested, not me, not today, not now, not this time, i cant, i cannot, i can not, 👎""",
    Word.CONFIRM: "confirm, confirmed, comfirm, comfirmed, confrim, confrimed, conferm",
    Word.BEGIN: """begin, began, begun, started, arrived, im here, i am here, on site, onsite, at the property,
        i have reached, ive reached""",
    Word.START: "start",
    Word.COMPLETE: "complete, completed, done, finish, finished, concluded",
    Word.RELEASE: """release, released, give back, give it back, cant make it, i cant make it, cannot make it,
        i cannot make it, can not make it, i can not make it, wont make it, i wont make it, will not make it,
        i will not make it, unable to make it, cant come, i cant come, cannot come, i cannot come, cant go, i cant go,
        i am unable to come, i am unable to make it, im unable to come, im unable to make it, cant make it again,
        i cant make it again, cant make it anymore, i cant make it anymore, i cant make it today, i cant come today,
        i cant come again""",
    Word.HELP: "help, help me, menu",
    Word.STOP: "stop, stopall, stop all, unsubscribe, optout, opt out",
    Word.RESUME: "resume, subscribe, unstop, optin, opt in",
    Word.WEAK: """ok, okay, okey, k, kk, sure, fine, alright, all right, cool, noted, great, good, perfect, roger,
        understood, agreed, certainly, definitely, absolutely, of course, got it, will do, sounds good, works for me,
        ill be there, i will be there, no problem, no problems, no wahala, no worries, oya, 👍, 👌, ✅, ✔, ☑, 🆗, 🤝,
        🫡, 💯""",
    FILLER: """please, pls, plz, abeg, sorry, so sorry, very sorry, thanks, thank you, thx, sir, ma, maam,
        madam, boss, oga, bro, chief, dear, hi, hello, hey, good morning, good afternoon, good evening, good day, o,
        oo, i, im, i am, ive, i have, it is, its, it, the job, this job, job, the job is, job is, the inspection,
        this inspection, inspection, the inspection is, inspection is, the offer, this offer, offer, this one, the
        code, code, and, now, just, already, all, very, much, so much, 🙏""",
}
LANGUAGES = (ENGLISH,)

LONGEST_TEXT = 4096  # characters, WhatsApp's own limit for one message; anything longer is no answer
_DOUBT = frozenset("👎❌🚫🙅🤷🤔❓❔")  # never ignored, unlike other signs; those in no table make a text unknown
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ´`＇′"))


def fold(text: str) -> str:
    """Make equal what looks equal: case, full-width letters, accents, apostrophes, invisible signs."""
    flat = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    return "".join(sign for sign in flat if unicodedata.category(sign) not in {"Mn", "Me", "Cf"})


def _phrases() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for table in LANGUAGES:
        for meaning, phrases in table.items():
            for phrase in phrases.split(","):
                tokens = tuple(fold(phrase).split())
                if found.setdefault(tokens, meaning) != meaning:
                    raise ValueError(f"{phrase.strip()!r} has two meanings")
    return found


PHRASES = _phrases()
_LONGEST_PHRASE = max(map(len, PHRASES))
_VOCABULARY = frozenset(token for phrase in PHRASES for token in phrase)
_SIGNS = "".join(sorted(_DOUBT | {token for token in _VOCABULARY if not token.isalnum()}))
_TOKEN = re.compile(rf"[^\W_]+|[{_SIGNS}]")


def tokens(text: str) -> list[str]:
    """Split a text into folded words and those signs that mean something; "yesss" comes out as "yes"."""
    return [_squeezed(token) for token in _TOKEN.findall(fold(text))]


def _squeezed(token: str) -> str:
    if token in _VOCABULARY or not token[-1].isalpha():
        return token
    short = token.rstrip(token[-1]) + token[-1]
    return short if len(short) > 1 and short in _VOCABULARY else token


def is_question(text: str) -> bool:
    """Whether a question mark stands anywhere; those that are emoji are unknown tokens anyway."""
    return not {"?", "؟"}.isdisjoint(fold(text))


def read(said: Sequence[str], *, question: bool = False) -> Word:
    """What these tokens (codes taken out) say as a whole.

    STOP and RESUME count only as the whole message. A question is never an answer. Nothing but fillers, two words
    that contradict each other, and anything not in the tables are UNKNOWN.
    """
    met = meanings(said)
    strong = met - {FILLER, Word.WEAK}
    if None in met or met <= {FILLER} or (question and strong != {Word.HELP}):
        return Word.UNKNOWN
    if not strong:
        return Word.WEAK
    if strong == {Word.START, Word.BEGIN}:
        return Word.BEGIN  # "start, I'm here"
    if strong == {Word.NO, Word.RELEASE}:
        return Word.RELEASE  # "no, I can't make it"
    if len(strong) == 2 and Word.YES in strong and strong & {Word.CONFIRM, Word.BEGIN, Word.COMPLETE}:
        strong -= {Word.YES}  # "yes, I confirm", "yes, done"
    only_alone = strong & {Word.STOP, Word.RESUME}
    if len(strong) > 1 or (only_alone and len(met) > 1):
        return Word.UNKNOWN
    return Word(strong.pop() or Word.UNKNOWN)


def meanings(said: Sequence[str]) -> set[str | None]:
    """The meanings met in a text, longest phrases first; None stands for anything unknown."""
    met: set[str | None] = set()
    at = 0
    while at < len(said):
        length, meaning = _longest_phrase(said[at : at + _LONGEST_PHRASE])
        met.add(meaning)
        at += length
    return met


def _longest_phrase(said: Sequence[str]) -> tuple[int, str | None]:
    for length in range(len(said), 0, -1):
        if meaning := PHRASES.get(tuple(said[:length])):
            return length, meaning
    return 1, None
