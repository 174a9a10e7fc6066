"""What a text says: everything in it is known, or it says nothing.

A text counts as a word only when *everything* in it is known: the word itself, codes, and fillers that change
nothing. "Yes please, sir" is YES; "yes but not today" is UNKNOWN, because nobody taught us "but". An unknown text
gets help, so nothing is lost; a YES that was none would send somebody across Lagos.
"""

import re
import unicodedata
from collections.abc import Sequence

from dispatch.rules.inbox.vocabulary import FILLER, LANGUAGES, Word

__all__ = ["FILLER", "LONGEST_TEXT", "PHRASES", "Word", "fold", "is_question", "meanings", "read", "tokens"]

LONGEST_TEXT = 4096  # characters, WhatsApp's own limit for one message; anything longer is no answer
_DOUBT = frozenset("👎❌🚫🙅🤷🤔❓❔")  # never ignored, unlike other signs; those in no table make a text unknown
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ´`＇′"))
# Arabic letters that people leave out or write for one another, and the stroke that only widens a word.
_ARABIC = str.maketrans("\u0649\u06cc\u0629\u0671\u06a9", "\u064a\u064a\u0647\u0627\u0643", "\u0621\u0640")


def fold(text: str) -> str:
    """Make equal what looks equal: case, full-width letters, accents, apostrophes, invisible signs, forms of alef."""
    flat = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold().translate(_ARABIC)
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
