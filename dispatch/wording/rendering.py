"""Rendering: a text and its variables become the message that is sent."""

import functools
from collections.abc import Iterable

from dispatch.rules import texts
from dispatch.wording import formatting
from dispatch.wording.catalogue import DEFAULT_LANGUAGE, Catalogue, WordingError, catalogue, language_for, variables

#: UTF-16 units of the longest message.
LONGEST_TEXT = 1600  # Twilio's limit for Body (error 21617)
_LIMITS = {"title": 160, "address": 240, "client_name": 80, "agent_name": 80, "notes": 400, "code": 20}
_LIMIT = 60  # of every other value
_MOST_CODES = 20

Value = str | Iterable[str] | None


def render(key: str, language: str = DEFAULT_LANGUAGE, **values: Value) -> str:
    """Return the text of a message of this kind, at most 1,600 characters; in English if the language has no text.

    Lists (`codes`, `open_codes`) are given as lists, `word` as a word that messages ask for. A line that names an empty
    value (None, "", []) is left out, unless nothing else is left. Values that the text does not name are ignored, so
    all facts of a job may be passed to any message.
    Raises WordingError for an unknown kind and for a variable that was not passed.
    """
    book = catalogue(language_for(key, language))
    lines, whole = [], []
    for line in book.text(key).strip("\n").split("\n"):
        named = variables(line)
        if missing := [name for name in named if name not in values]:
            raise WordingError(f"{key}: {', '.join(missing)} was not passed")
        shown = {name: _shown(book, name, values[name]) for name in named}
        whole.append(line.format_map({name: value or book.formats["none"] for name, value in shown.items()}))
        if all(shown.values()):
            lines.append(whole[-1])
    return "\n".join(lines).strip("\n") or "\n".join(whole)


def _shown(book: Catalogue, name: str, value: Value) -> str:
    if name == "word":
        return book.word(str(value).lower())
    limit = _LIMITS.get(name, _LIMIT)
    if value is None or isinstance(value, str):
        return clean(value or "", limit)
    codes = [code for code in (clean(code, _LIMIT) for code in value) if code]
    more = "…" if len(codes) > _MOST_CODES else ""
    return ", ".join(f"*{code}*" for code in codes[:_MOST_CODES]) + more


@functools.lru_cache(maxsize=4096)  # thousands of messages name the same job
def clean(value: str, limit: int) -> str:
    """Return a value as one line of plain text: no invisible characters, no WhatsApp formatting, at most `limit`.

    Return "" if a phone would show nothing of it.
    """
    head = value.strip()[: 4 * limit]  # far more than is shown; keeps a hostile value cheap
    return formatting.neutral(_shortened(texts.plain(head), limit))


def _shortened(text: str, limit: int) -> str:
    if units(text) <= limit:
        return text
    kept = text[:limit]
    while units(kept) > limit - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, the stricter way to count: an emoji has two."""
    return len(text.encode("utf-16-le")) // 2
