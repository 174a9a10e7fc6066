"""Numbers within texts of other people: codes of errors, numbers of attempts and plans."""

import re

_NUMBER = re.compile(r"[0-9]{1,9}")


def read(text: str | None) -> int | None:
    """Return a whole number of at most nine digits. Return None for any other text.

    Python refuses to read thousands of digits, and MongoDB to save more than nineteen.
    """
    return int(text) if text and _NUMBER.fullmatch(text) else None
