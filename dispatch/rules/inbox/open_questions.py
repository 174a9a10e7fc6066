"""Texts that a person must answer, as the desk does not understand them."""

from dispatch.rules.inbox import words
from dispatch.rules.inbox.words import EMPTY, Word

#: Words by which a client asks for something: a client's words move no job.
_REQUESTS = frozenset({Word.NO, Word.RELEASE, Word.HELP})


def needs_answer(text: str, word: Word, *, has_media: bool, is_client: bool) -> bool:
    """Return whether operations should answer a message that was read as this word.

    Thanks, greetings and "ok" need no answer. A picture, a question, and any text with an unknown part do.
    """
    if word is not Word.UNKNOWN:
        return is_client and (word in _REQUESTS or words.is_question(text))
    harmless = words.meanings(words.tokens(text)) <= {*EMPTY, Word.WEAK}
    return has_media or not harmless or words.is_question(text) or words.is_too_long(text)
