"""The WhatsApp templates: one for each kind of message that needs one, derived from its text."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dispatch.rules.outbox.kinds import KINDS, Kind
from dispatch.wording.catalogue import (
    LISTS,
    Catalogue,
    WordingError,
    catalogue,
    find_kind,
    languages,
    variables,
)
from dispatch.wording.rendering import Value, clean

#: WhatsApp's limit for a template's body, filled (error 63021).
LONGEST_BODY = 1024
#: The variable in a button's id that names the job of a tap, and its longest value: an id has at most 200 characters.
ABOUT, LONGEST_ABOUT = "about", 75
#: UTF-16 units of a value that a template shows: fewer than a text shows, so that the body fits with all values.
_LIMITS = {"title": 110, "address": 180, "client_name": 50, "agent_name": 50, "notes": 170, "date": 50, "zone_note": 50}
_LIMIT = 24  # of every other value
_NUMBER = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True)
class Template:
    """One kind of message in one language, as Meta sees it.

    `variables` are the names of {{1}}, {{2}}, …; `samples` an example of each, by number. A button is its title and
    its id, "word:{{n}}", where n is the number of `about`, a variable that no body has. A template without a category
    is never submitted for approval: it only shows buttons within WhatsApp's 24 hours. `fingerprint` is a hash of
    everything that Meta sees.
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
    """Return the templates of all kinds and languages."""
    pairs = ((key, language) for language in languages() for key in sorted(KINDS))
    return [found for key, language in pairs if (found := template(key, language))]


def template(key: str, language: str) -> Template | None:
    """Return the template of a kind of message in a language.

    Return None if the kind needs no template, or the language has no text for the kind. Raises WordingError for an
    unknown kind.
    """
    kind, book = find_kind(key), catalogue(language)
    if key not in book.texts or not (kind.category or kind.buttons):
        return None
    return _derived(kind, book.language)


def fill(names: Sequence[str], values: Mapping[str, Value], language: str) -> dict[str, str]:
    """Return the values of a template's variables by number, as WhatsApp takes them: one line, not empty, not too long.

    Values that are not among the names are ignored. Raises WordingError for a variable that was not passed, for a list,
    and for an `about` that does not fit: a shortened `about` would name another job.
    """
    if missing := [name for name in names if name not in values]:
        raise WordingError(f"{', '.join(missing)} was not passed")
    none = catalogue(language).formats["none"]
    return {str(number): _shown(name, values[name]) or none for number, name in enumerate(names, 1)}


def rendered(body: str, filled: Mapping[str, str]) -> str:
    """Return a template's body, or a button's id, with the values in place of the numbers."""
    return _NUMBER.sub(lambda found: filled[found[1]], body)


def _shown(name: str, value: Value) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WordingError(f"{name} is a list: a template can't have one")
    if name != ABOUT:
        return clean(value, _LIMITS.get(name, _LIMIT))
    if len(value) > LONGEST_ABOUT or not value.isascii() or not value.isprintable() or " " in value:
        raise WordingError(f"{value!r} can't name the job of a button")
    return value


@cache
def _derived(kind: Kind, language: str) -> Template:
    book = catalogue(language)
    lines = book.text(kind.name).strip("\n").split("\n")
    text = "\n".join(line for line in lines if LISTS.isdisjoint(variables(line))).strip("\n")
    names = tuple(dict.fromkeys(variables(text) + [ABOUT] * bool(kind.buttons)))
    numbers = {name: f"{{{{{number}}}}}" for number, name in enumerate(names, 1)}
    body = text.format_map(numbers)
    samples = {str(number): book.samples[name] for number, name in enumerate(names, 1)}
    buttons = tuple((book.buttons[word], f"{word}:{numbers[ABOUT]}") for word in kind.buttons)
    category = kind.category.value if kind.category else None
    fingerprint = _fingerprint(book, category, body, samples, buttons)
    return Template(
        key=kind.name,
        language=language,
        locale=book.formats["template_language"],
        category=category,
        body=body,
        variables=names,
        samples=samples,
        buttons=buttons,
        name=f"{kind.name}_{language}_{fingerprint[:8]}".lower(),
        fingerprint=fingerprint,
    )


def _fingerprint(
    book: Catalogue,
    category: str | None,
    body: str,
    samples: Mapping[str, str],
    buttons: tuple[tuple[str, str], ...],
) -> str:
    seen = [book.formats["template_language"], category, body, samples, buttons]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
