"""WhatsApp's templates: each kind of message that needs one, derived from its text."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dispatch.wording.catalogue import (
    LISTS,
    Catalogue,
    Kind,
    WordingError,
    catalogue,
    kind,
    kinds,
    languages,
    variables,
)
from dispatch.wording.saying import Value, clean

#: WhatsApp's limit for a template's body, filled (error 63021).
LONGEST_BODY = 1024
#: The variable in a button's id that says what the tap is about; at most so long, for ids end at 200.
ABOUT, LONGEST_ABOUT = "about", 75
#: How much of a value a template shows, in UTF-16 units: less than a text, so that the body fits with all of them.
_LIMITS = {"title": 110, "address": 180, "client_name": 50, "agent_name": 50, "notes": 170, "date": 50, "zone_note": 50}
_LIMIT = 24  # of every other value
_NUMBER = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True)
class Template:
    """One kind of message in one language, as Meta sees it.

    `variables` are the names of {{1}}, {{2}}, …; `samples` an example of each, by number. A button is its title and
    its id, "word:{{n}}", where n is the number of `about`, which stands in no body. Without a category it is never
    submitted for approval: it only brings buttons within WhatsApp's 24 hours. `fingerprint` is that of all Meta sees.
    """

    key: str
    language: str
    locale: str
    category: str | None
    body: str
    variables: tuple[str, ...]
    samples: Mapping[str, str]
    buttons: tuple[tuple[str, str], ...]
    name: str
    fingerprint: str


def templates() -> list[Template]:
    """All templates: of every language, every kind that has one in it."""
    pairs = ((key, language) for language in languages() for key in sorted(kinds()))
    return [found for key, language in pairs if (found := template(key, language))]


def template(key: str, language: str) -> Template | None:
    """The template of a kind of message in a language; None where it needs none, or the language lacks the kind.

    Raises WordingError for an unknown key.
    """
    of_all, book = kind(key), catalogue(language)
    if key not in book.texts or not (of_all.category or of_all.buttons):
        return None
    return _derived(key, book.language)


def fill(names: Sequence[str], values: Mapping[str, Value], language: str) -> dict[str, str]:
    """The values of a template's variables by number, as WhatsApp takes them: one line, never empty, not too long.

    Values that are not among the names are ignored, as `say` does. Raises WordingError for a variable that was not
    passed, for a list, and for an `about` that does not fit: a shortened one would be about something else.
    """
    if missing := [name for name in names if name not in values]:
        raise WordingError(f"{', '.join(missing)} was not passed")
    none = catalogue(language).formats["none"]
    return {str(number): _shown(name, values[name]) or none for number, name in enumerate(names, 1)}


def rendered(body: str, filled: Mapping[str, str]) -> str:
    """A body, or a button's id, as a person gets it."""
    return _NUMBER.sub(lambda found: filled[found[1]], body)


def _shown(name: str, value: Value) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WordingError(f"{name} is a list: no template can have it")
    if name != ABOUT:
        return clean(value, _LIMITS.get(name, _LIMIT))
    if len(value) > LONGEST_ABOUT or not value.isascii() or not value.isprintable() or " " in value:
        raise WordingError(f"{value!r} can't be what a button is about")
    return value


@cache
def _derived(key: str, language: str) -> Template:
    of_all, book = kind(key), catalogue(language)
    lines = book.text(key).strip("\n").split("\n")
    text = "\n".join(line for line in lines if LISTS.isdisjoint(variables(line))).strip("\n")
    names = tuple(dict.fromkeys(variables(text) + [ABOUT] * bool(of_all.buttons)))
    numbers = {name: f"{{{{{number}}}}}" for number, name in enumerate(names, 1)}
    body = text.format_map(numbers)
    samples = {str(number): book.samples[name] for number, name in enumerate(names, 1)}
    buttons = tuple((book.buttons[word], f"{word}:{numbers[ABOUT]}") for word in of_all.buttons)
    fingerprint = _fingerprint(book, of_all, body, samples, buttons)
    return Template(key, language, book.formats["template_language"], of_all.category, body, names, samples, buttons,
                    f"{key}_{language}_{fingerprint[:8]}".lower(), fingerprint)  # fmt: skip


def _fingerprint(book: Catalogue, of_all: Kind, body: str, samples: Mapping[str, str],
                 buttons: tuple[tuple[str, str], ...]) -> str:  # fmt: skip
    seen = [book.formats["template_language"], of_all.category, body, samples, buttons]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
