"""Join codes: "JOIN 7F3K" links whoever sends it to the agent for whom operations made the code."""

import re
from collections.abc import Callable
from datetime import timedelta

from dispatch.rules.inbox import words
from dispatch.rules.jobs.codes import DIGITS, LETTERS

#: A code can be used for this long, and once.
VALID_FOR = timedelta(hours=72)
#: Texts with a code that a person may send in TRIES_IN: there are 110,592 codes, so that nobody finds one by guessing.
TRIES = 5
TRIES_IN = timedelta(days=1)
#: A digit comes first, so that no join code looks like the code of a job.
_CODE = rf"[{DIGITS}][{DIGITS}{LETTERS.lower()}]{{3}}"
_TEXT = re.compile(rf"\W*join\W+({_CODE})\W*")


def make(randbelow: Callable[[int], int]) -> str:
    """Draw a code. `randbelow` is like `secrets.randbelow`. The caller draws again if the code is in use."""
    alphabets = [DIGITS, *[DIGITS + LETTERS] * 3]
    return "".join(alphabet[randbelow(len(alphabet))] for alphabet in alphabets)


def as_text(code: str) -> str:
    """Return the text that the person sends."""
    return f"JOIN {code}"


def code_in(text: str) -> str | None:
    """Return the code in a text that is nothing but a request to join. Return None for any other text."""
    if words.is_too_long(text):
        return None
    found = _TEXT.fullmatch(words.fold(text))
    return found[1].upper() if found else None
