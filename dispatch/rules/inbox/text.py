"""Parsing a text: its word as a whole, and the job codes in it."""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch.rules.inbox import words
from dispatch.rules.inbox.words import Word
from dispatch.rules.jobs import codes


@dataclass(frozen=True)
class ParsedText:
    """The word and the codes of a text. `whole` is true if it contains nothing but the word and courtesies."""

    word: Word
    codes: tuple[str, ...] = ()
    whole: bool = False


def parse(text: str, known: Collection[str] = ()) -> ParsedText:
    """Split a text into its word and its codes: the tokens with the shape of a code, and the `known` ones.

    A code alone is as weak as "ok": it answers the last question.
    """
    if words.is_too_long(text):
        return ParsedText(Word.UNKNOWN)
    tokens = words.tokens(text)
    found = tuple(dict.fromkeys(t.upper() for t in tokens if codes.looks_like(t) or t.upper() in known))
    rest = [token for token in tokens if token.upper() not in found]
    question = words.is_question(text)
    if found and not question and words.meanings(rest) <= words.EMPTY:
        return ParsedText(Word.WEAK, found)
    word = words.read(rest, question=question)
    if found and word in {Word.STOP, Word.RESUME, Word.QUIT}:
        word = Word.UNKNOWN  # these count only as the whole message; there is no STOP for one job
    return ParsedText(word, found, whole=not found and words.meanings(rest) - {words.COURTESY} == {word})


def read(text: str) -> Word:
    """Return the word of a text, whatever codes it contains."""
    return parse(text).word


def read_as_clients(text: str) -> Word:
    """Return the word of a text from a client or a stranger: CANCEL, END or QUIT as the whole message is STOP."""
    word = read(text)
    return Word.STOP if word is Word.QUIT else word


def codes_in(text: str) -> list[str]:
    """Return the code-shaped tokens of a text, in upper case, each once, in their order."""
    return list(dict.fromkeys(token.upper() for token in words.tokens(text) if codes.looks_like(token)))
