"""The catalogues: the texts of one language each, read once from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

from dispatch.rules.outbox import kinds
from dispatch.rules.outbox.kinds import Kind

#: The language that has a text for every kind.
DEFAULT_LANGUAGE = "en"
#: Variables whose value is a list: a WhatsApp template can't have one.
LISTS = frozenset({"codes", "open_codes"})
_FILES: Traversable = resources.files("dispatch.wording")


class WordingError(LookupError):
    """A text or a variable that does not exist: a mistake in the program, never in the data."""


@dataclass(frozen=True)
class Catalogue:
    """The wording of one language.

    `formats`: how the language writes dates and times, and `how_to_stop`, the end of a client's first message. `words`:
    the words that people answer with. `buttons`: the titles of buttons. `samples`: an example of each variable.
    `texts`: the text of each kind of message; a language may lack some (see `language_for`).
    """

    language: str
    formats: Mapping[str, str]
    words: Mapping[str, str]
    buttons: Mapping[str, str]
    samples: Mapping[str, str]
    texts: Mapping[str, str]

    def text(self, key: str) -> str:
        """Return the text of a kind of message, with its variables. Raises WordingError."""
        try:
            return self.texts[key]
        except KeyError:
            raise WordingError(f"no text for the kind {key!r}") from None

    def word(self, name: str) -> str:
        """Return how this language writes a word that people answer with. Raises WordingError."""
        try:
            return self.words[name]
        except KeyError:
            raise WordingError(f"{name!r} is not a word that messages ask for") from None


def languages() -> list[str]:
    """Return the languages that have a catalogue, sorted."""
    return sorted(file.name.removesuffix(".toml") for file in _FILES.iterdir() if file.name.endswith(".toml"))


def catalogue(language: str = DEFAULT_LANGUAGE) -> Catalogue:
    """Return the catalogue of a language ("en", "en-NG", "pt_BR"). Return the English one if the language has none."""
    found = language.replace("_", "-").split("-")[0].lower()
    return _read(found if found in _known() else DEFAULT_LANGUAGE)


def language_for(key: str, language: str) -> str:
    """Return the language in which a kind of message is rendered: this one, or English if it has no text for the kind.

    Raises WordingError for an unknown kind.
    """
    find_kind(key)
    book = catalogue(language)
    return book.language if key in book.texts else DEFAULT_LANGUAGE


def find_kind(key: str) -> Kind:
    """Return the kind with this name. Raises WordingError."""
    kind = kinds.find(key)
    if kind is None:
        raise WordingError(f"no kind of message is called {key!r}")
    return kind


def variables(text: str) -> list[str]:
    """Return the names of the variables in a text, or in a line of a text."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


@cache
def _known() -> frozenset[str]:
    return frozenset(languages())


@cache
def _read(language: str) -> Catalogue:
    book = _file(language)
    return Catalogue(language, **{**book, "texts": {**book["texts"], **_first_texts(book)}})


def _first_texts(book: dict[str, Any]) -> dict[str, str]:
    """Return the wordings for a client's first message: each is the kind's own text, and how to stop."""
    texts, end = book["texts"], book["formats"]["how_to_stop"]
    names = (name for name, kind in kinds.KINDS.items() if kind.shows_how_to_stop)
    return {name: f"{texts[base]}\n\n{end}" for name in names if (base := name.removesuffix("_first")) in texts}


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(_FILES.joinpath(f"{name}.toml").read_text("utf-8"))
