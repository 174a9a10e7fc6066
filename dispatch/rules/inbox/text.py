"""Taking a text apart: the word it says as a whole, and the codes in it."""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch.rules.inbox import words
from dispatch.rules.inbox.words import Word
from dispatch.rules.jobs import codes


@dataclass(frozen=True)
class ParsedText:
    """What a text says; `whole` is: the word and nothing else, not even a "please"."""

    word: Word
    codes: tuple[str, ...] = ()
    whole: bool = False


def parse(text: str, known: Collection[str] = ()) -> ParsedText:
    """Split a text into its word and its codes: whatever has the shape of one, and the `known` ones.

    A code alone is as weak as "ok": it answers what was just asked.
    """
    if len(text) > words.LONGEST_TEXT:
        return ParsedText(Word.UNKNOWN)
    tokens = words.tokens(text)
    found = tuple(dict.fromkeys(t.upper() for t in tokens if codes.looks_like(t) or t.upper() in known))
    rest = [token for token in tokens if token.upper() not in found]
    question = words.is_question(text)
    if found and not question and words.meanings(rest) <= {words.FILLER}:
        return ParsedText(Word.WEAK, found)
    word = words.read(rest, question=question)
    if found and word in {Word.STOP, Word.RESUME}:
        word = Word.UNKNOWN  # these count only as the whole message, and nobody stops one job
    return ParsedText(word, found, whole=not found and words.meanings(rest) == {word})


def read(text: str) -> Word:
    """The word a text says, whatever codes stand in it."""
    return parse(text).word


def codes_in(text: str) -> list[str]:
    """The code-shaped tokens of a text, in upper case, each once, in their order."""
    return list(dict.fromkeys(token.upper() for token in words.tokens(text) if codes.looks_like(token)))
