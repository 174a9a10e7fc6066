"""Codes: the short names of jobs in chat, such as K7F3.

A code is letter, digit, letter, then letters or digits. It is never a word, and differs from other things that people
write ("2pm", "4bhk", "12th", "N250k", "MP3"). It has no vowels, and no characters that are easily confused (0/O, 1/I/L,
2/Z, 5/S, 6/G, 8/B, U/V). Four characters make 49,152 codes, five 1,179,648, six 28 million.
"""

import re
from collections.abc import Callable
from datetime import timedelta

LETTERS = "CDFHJKMNPQRTVWXY"
DIGITS = "23456789"
SHORTEST, LONGEST = 4, 6
#: Time after the end of a job before another job may get its code.
REST = timedelta(days=30)
#: Codes drawn to choose from, by length. With a million open jobs all short codes are in use, and fewer than one in
#: twenty of the longest, so at least one of the drawn codes is free.
DRAWN = {4: 3, 5: 3, 6: 6}
_SHAPE = re.compile(rf"[{LETTERS}][{DIGITS}][{LETTERS}][{LETTERS}{DIGITS}]{{{SHORTEST - 3},{LONGEST - 3}}}")


def make(randbelow: Callable[[int], int], length: int = SHORTEST) -> str:
    """Draw a code. `randbelow` is like `secrets.randbelow`. The caller draws again if the code is in use."""
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"a code has {SHORTEST} to {LONGEST} characters, not {length}")
    alphabets = [LETTERS, DIGITS, LETTERS] + [LETTERS + DIGITS] * (length - 3)
    return "".join(alphabet[randbelow(len(alphabet))] for alphabet in alphabets)


def draw(randbelow: Callable[[int], int]) -> list[str]:
    """Draw codes to choose from, shorter ones first."""
    return [make(randbelow, length) for length, count in DRAWN.items() for _ in range(count)]


def looks_like(token: str) -> bool:
    """Return whether a token has the form of a code, in upper or lower case."""
    return bool(_SHAPE.fullmatch(token.upper()))
