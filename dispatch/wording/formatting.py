"""WhatsApp's formatting: signs of a value that would be read as formatting are replaced by signs that look alike.

Signs that WhatsApp shows as they are stay: those within a word, without a partner, or within a link or a mail address.
So links, addresses and codes can be tapped, copied and typed as they were written.
"""

import re

#: A pair of these around a part of a line is read as formatting -> the sign that looks alike and means nothing.
_DOUBLES = {"*": "∗", "_": "＿", "~": "∼"}
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[^\s@]+@[^\s@]+\.[^\s@]+", re.IGNORECASE)


def neutral(text: str) -> str:
    """Return a line in which WhatsApp finds nothing to format."""
    signs = list(text.replace("`", "'"))
    kept = {at for found in _ADDRESS.finditer(text) for at in _address(text, *found.span())}
    for marker, double in _DOUBLES.items():
        for at in _pairs(text, marker) - kept:
            signs[at] = double
    return "".join(signs)


def _address(text: str, start: int, end: int) -> range:
    """Return where a link or a mail address stands, without the pair of formatting signs around it."""
    before = text[max(start - 1, 0)] if text[start] not in _DOUBLES else text[start]
    if before in _DOUBLES and text[end - 1] in _DOUBLES:
        return range(start + (text[start] in _DOUBLES), end - 1)
    return range(start, end)


def _pairs(text: str, marker: str) -> set[int]:
    """Return where this sign, which may be repeated, begins or ends formatting.

    It begins formatting before a sign that is no blank, and not within a word; it ends formatting after a sign that is
    no blank, and not within a word. Source: WhatsApp's help page on formatting.
    """
    around = {
        at: (text[:at].rstrip(marker)[-1:], text[at:].lstrip(marker)[:1])
        for at, sign in enumerate(text)
        if sign == marker
    }
    begins = [at for at, (before, after) in around.items() if not before.isalnum() and after.strip()]
    ends = [at for at, (before, after) in around.items() if not after.isalnum() and before.strip()]
    if not begins or not ends:
        return set()
    return {at for at in begins if at < ends[-1]} | {at for at in ends if at > begins[0]}
