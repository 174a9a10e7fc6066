"""Numbers within texts of other people."""

import re

_NUMBER = re.compile(r"[0-9]{1,10}")


def is_number(text: str) -> bool:
    """Return whether a text is a whole number of at most ten digits. Python refuses to read thousands of digits."""
    return bool(_NUMBER.fullmatch(text))
