"""Reading the phrases of a text; a text with an unknown part means nothing.

A text counts as a word only if *everything* in it is known: the word itself, codes, and fillers and signs that change
nothing. "Yes please, sir" is YES; "yes ❎" and "yes but not today" are UNKNOWN, because "but" is in no vocabulary. The
sender of an unknown text gets help, so nothing is missed; a YES that was none would send somebody across Lagos.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from dispatch.rules.inbox.vocabulary import LANGUAGES, signs
from dispatch.rules.inbox.vocabulary.language import Word

__all__ = [
    "COURTESY",
    "EMPTY",
    "FILLER",
    "LONGEST_TEXT",
    "PHRASES",
    "SIGN",
    "Word",
    "fold",
    "index",
    "is_question",
    "is_too_long",
    "meanings",
    "read",
    "tokens",
]

LONGEST_TEXT = 300  # characters, before and after folding (one letter unfolds to 18); anything longer is no answer
FILLER = "filler"  # the meaning of a phrase that changes no answer
COURTESY = "courtesy"  # the meaning of a phrase that changes no text at all
EMPTY = frozenset({FILLER, COURTESY})
SIGN = "sign"  # the meaning of a sign that is neither harmless nor a phrase
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ´`＇′"))
# Arabic letters that people leave out or write for one another, and the stroke that only widens a word.
_ARABIC = str.maketrans("\u0649\u06cc\u0629\u0671\u06a9", "\u064a\u064a\u0647\u0627\u0643", "\u0621\u0640")
_GREEK_QUESTION_MARK = {0x037E: "?"}  # looks like a semicolon, and would be folded to one
# Parts of one emoji: the skin tone, the man or woman of a composed one, the key around a digit.
_PARTS_OF_EMOJI = re.compile("(?<=[^\\w\\s])[\U0001f3fb-\U0001f3ff]|\u200d[♀♂]|(?<=\\d)\ufe0f?\u20e3")
_QUESTION_MARKS = frozenset("?؟")
_OVERLAY = 1  # Unicode's class of the marks that strike a letter through


def fold(text: str) -> str:
    """Return a text without differences of case, width, accents, apostrophes, digits and invisible signs.

    Strokes through letters and symbols stay as they are: "Ⓝ" and "№" are not "n" and "no".
    """
    plain = _PARTS_OF_EMOJI.sub("", text.translate(_APOSTROPHES | _GREEK_QUESTION_MARK))
    flat = "".join(map(_unfolded, plain)).casefold().translate(_ARABIC)
    return "".join(sign for sign in flat if not _is_dropped(sign))


def _unfolded(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    return sign if unicodedata.category(sign)[0] == "S" else unicodedata.normalize("NFKD", sign)


def _is_dropped(sign: str) -> bool:
    return unicodedata.category(sign) in {"Mn", "Cf"} and unicodedata.combining(sign) != _OVERLAY


def index(tables: Iterable[Mapping[str, str]]) -> dict[tuple[str, ...], str]:
    """Return the meaning of each phrase of these tables, by the phrase's words.

    A table names a meaning and its phrases, separated by commas. Raises ValueError if a phrase has two meanings.
    """
    found: dict[tuple[str, ...], str] = {}
    for table in tables:
        for meaning, phrases in table.items():
            for phrase in phrases.split(","):
                if found.setdefault(tuple(fold(phrase).split()), meaning) != meaning:
                    raise ValueError(f"{phrase.strip()!r} has two meanings")
    return found


def _tables() -> Iterable[Mapping[str, str]]:
    for language in LANGUAGES:
        yield {word.value: phrases for word, phrases in language.words.items()}
        yield {COURTESY: language.courtesies, FILLER: language.fillers}


PHRASES = index(_tables())
_LONGEST_PHRASE = max(map(len, PHRASES))
_VOCABULARY = frozenset(token for phrase in PHRASES for token in phrase)
_TOKEN = re.compile(rf"[^\W_]+|{signs.SAD_FACES}|[^\w\s{re.escape(''.join(sorted(signs.HARMLESS | _QUESTION_MARKS)))}]")


def tokens(text: str) -> list[str]:
    """Return the folded words of a text, and its signs, except the harmless ones; "yesss" becomes "yes"."""
    return [_squeezed(token) for token in _TOKEN.findall(fold(text))]


def _squeezed(token: str) -> str:
    if token in _VOCABULARY or not token[-1].isalpha():
        return token
    short = token.rstrip(token[-1]) + token[-1]
    return short if len(short) > 1 and short in _VOCABULARY else token


def is_too_long(text: str) -> bool:
    """Return whether a text is too long for an answer, as it was written or folded."""
    return len(text) > LONGEST_TEXT or len(fold(text)) > LONGEST_TEXT


def is_question(text: str) -> bool:
    """Return whether a text contains a question mark. Question marks of other scripts and emoji are unknown signs."""
    return not _QUESTION_MARKS.isdisjoint(fold(text))


def read(text: Sequence[str], *, question: bool = False) -> Word:
    """Return the word that these tokens mean as a whole; codes are taken out before.

    STOP and RESUME count only as the whole message, besides courtesies; QUIT only without these, too. A question is
    never an answer. Fillers alone, two words that contradict each other, and anything outside of the vocabulary are
    UNKNOWN. STOP counts whatever signs come with it.
    """
    met = meanings(text)
    if Word.STOP in met:
        met.discard(SIGN)
    strong = met - EMPTY - {Word.WEAK}
    if met & {None, SIGN} or met <= EMPTY or (question and strong != {Word.HELP}):
        return Word.UNKNOWN
    if not strong:
        return Word.WEAK
    if strong == {Word.START, Word.BEGIN}:
        return Word.BEGIN  # "start, I'm here"
    if strong == {Word.NO, Word.RELEASE}:
        return Word.RELEASE  # "no, I can't make it"
    if len(strong) == 2 and Word.YES in strong and strong & {Word.CONFIRM, Word.BEGIN, Word.COMPLETE}:
        strong -= {Word.YES}  # "yes, I confirm", "yes, done"
    if strong & {Word.STOP, Word.RESUME}:
        met -= {COURTESY}
    only_alone = strong & {Word.STOP, Word.RESUME, Word.QUIT}
    if len(strong) > 1 or (only_alone and len(met) > 1):
        return Word.UNKNOWN
    return Word(strong.pop() or Word.UNKNOWN)


def meanings(text: Sequence[str]) -> set[str | None]:
    """Return the meanings of a text's phrases, longest phrases first. None: an unknown word, or struck through."""
    met: set[str | None] = set()
    at = 0
    while at < len(text):
        length, meaning = _longest_phrase(text[at : at + _LONGEST_PHRASE])
        met.add(meaning)
        at += length
    return met


def _longest_phrase(text: Sequence[str]) -> tuple[int, str | None]:
    for length in range(len(text), 0, -1):
        if meaning := PHRASES.get(tuple(text[:length])):
            return length, meaning
    return 1, None if text[0].isalnum() or _strikes(text[0]) else SIGN


def _strikes(sign: str) -> bool:
    return sign in "~～" or unicodedata.combining(sign[0]) == _OVERLAY
