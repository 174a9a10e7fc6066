"""Codes: the short names of jobs in chat, such as K7F3.

A code is letter, digit, letter, then letters or digits: never a word, and unlike what people write anyway ("2pm",
"4bhk", "12th", "N250k", "MP3"). No vowels, and nothing that is read as something else (0/O, 1/I/L, 2/Z, 5/S, 6/G,
8/B, U/V). Four characters make 49,152 codes, five 1,179,648, six 28 million.
"""

import re
from collections.abc import Callable
from datetime import timedelta

LETTERS = "CDFHJKMNPQRTVWXY"
DIGITS = "23456789"
SHORTEST, LONGEST = 4, 6
#: How long the code of a job that has ended rests before another job may have it.
REST = timedelta(days=30)
#: How many codes are drawn to choose from, by length. With a million open jobs the short ones are gone, and of the
#: longest not one in twenty is taken: that none of the drawn is free does not happen.
DRAWN = {4: 3, 5: 3, 6: 6}
_SHAPE = re.compile(rf"[{LETTERS}][{DIGITS}][{LETTERS}][{LETTERS}{DIGITS}]{{{SHORTEST - 3},{LONGEST - 3}}}")


def make(randbelow: Callable[[int], int], length: int = SHORTEST) -> str:
    """Draw a code; `randbelow` is `secrets.randbelow` or a test's. The caller draws again when it is taken."""
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"a code has {SHORTEST} to {LONGEST} characters, not {length}")
    alphabets = [LETTERS, DIGITS, LETTERS] + [LETTERS + DIGITS] * (length - 3)
    return "".join(alphabet[randbelow(len(alphabet))] for alphabet in alphabets)


def draw(randbelow: Callable[[int], int]) -> list[str]:
    """Draw codes to choose from, the shorter first."""
    return [make(randbelow, length) for length, count in DRAWN.items() for _ in range(count)]


def looks_like(token: str) -> bool:
    """Whether a token has the shape of a code, in any case."""
    return bool(_SHAPE.fullmatch(token.upper()))
