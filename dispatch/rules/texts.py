"""Texts that people write: whether a phone shows anything of one, and whether two are the same."""

import unicodedata
from collections.abc import Mapping
from typing import Any

#: Letters and symbols that are drawn as a blank: the fillers of Hangul, the empty pattern of Braille, the blanks of
#: musical and Egyptian scripts. Sources: Unicode's Default_Ignorable_Code_Point, and the code charts.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159\U00013441\U00013442")
#: Categories of signs that show nothing alone: control, format, private and half signs, blanks, combining marks.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"})
#: They join or part the signs beside them in emoji and in several scripts, so a text keeps them.
_JOINERS = "\u200c\u200d"


def is_visible(text: str) -> bool:
    """Return whether a phone shows anything of this text. Combining marks alone show nothing."""
    return any(map(_is_seen, text))


def plain(text: str) -> str:
    """Return a text as one line without signs that a phone does not show. Return "" if the phone would show nothing."""
    line = " ".join("".join(map(_plain, text)).split())
    return line if is_visible(line) else ""


def same(one: Any, other: Any) -> bool:
    """Return whether two values are the same. Texts in them are compared in one Unicode normal form."""
    return bool(_normal(one) == _normal(other))


def changed(new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `new` whose values differ from those of `old` by more than the Unicode normal form."""
    return {name: value for name, value in new.items() if name not in old or not same(value, old[name])}


def _is_seen(sign: str) -> bool:
    if sign in _BLANK or unicodedata.category(sign) in _UNSEEN:
        return False
    return not _is_ignorable(ord(sign))


def _is_ignorable(code: int) -> bool:
    """Return whether Unicode reserves this code for signs that nobody sees, or for none."""
    reserved = code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or 0xE0000 <= code <= 0xE0FFF
    return reserved or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _plain(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cf", "Cs", "Co"} and sign not in _JOINERS else sign


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {name: _normal(each) for name, each in value.items()}
    return [_normal(each) for each in value] if isinstance(value, list | tuple) else value
