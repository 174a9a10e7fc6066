"""The catalogues: one TOML file a language, and one for what is the same of a message in all of them, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

#: The language that has a text for every kind.
DEFAULT_LANGUAGE = "en"
#: Whom a message can be for.
RECIPIENTS = ("agents", "clients", "strangers")
#: Variables whose value is a list: a WhatsApp template can't have one.
LISTS = frozenset({"codes", "open_codes"})
_FILES: Traversable = resources.files("dispatch.wording")
_KINDS = "kinds"


class WordingError(LookupError):
    """A sentence, or a variable of one, that does not exist: a mistake in the program, never in the data."""


@dataclass(frozen=True)
class Kind:
    """What is the same of a message in every language.

    `to` is one of RECIPIENTS; `category` is Meta's, of a message that may go out at any time; `buttons` are words.
    """

    to: str
    category: str | None = None
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """One language: how it writes dates, the words people answer with, what buttons say, and each message's text.

    `samples` has an example of each variable. `texts` may lack a kind (`spoken`).
    """

    language: str
    formats: Mapping[str, str]
    words: Mapping[str, str]
    buttons: Mapping[str, str]
    samples: Mapping[str, str]
    texts: Mapping[str, str]

    def text(self, key: str) -> str:
        """The text of a kind of message, with its variables. Raises WordingError."""
        try:
            return self.texts[key]
        except KeyError:
            raise WordingError(f"no wording for {key!r}") from None

    def word(self, name: str) -> str:
        """How this language writes a word that people answer with. Raises WordingError."""
        try:
            return self.words[name]
        except KeyError:
            raise WordingError(f"{name!r} is no word that we ask for") from None


def languages() -> list[str]:
    """The languages that there is a catalogue for."""
    names = {file.name.removesuffix(".toml") for file in _FILES.iterdir() if file.name.endswith(".toml")}
    return sorted(names - {_KINDS})


def catalogue(language: str = DEFAULT_LANGUAGE) -> Catalogue:
    """The catalogue of a language ("en", "en-NG", "pt_BR"); English where there is none."""
    found = language.replace("_", "-").split("-")[0].lower()
    return _read(found if found in _known() else DEFAULT_LANGUAGE)


def spoken(key: str, language: str) -> str:
    """The language in which a kind of message is really said: this one, or English where it lacks the kind.

    The facts of a message are worth rendering in it. Raises WordingError for an unknown key.
    """
    if key not in kinds():
        raise WordingError(f"no wording for {key!r}")
    book = catalogue(language)
    return book.language if key in book.texts else DEFAULT_LANGUAGE


def kinds(to: str | None = None) -> frozenset[str]:
    """The keys of the catalogue: of all messages we send, or of those to one of RECIPIENTS."""
    return frozenset(key for key, kind in _kinds().items() if to in {None, kind.to})


def kind(key: str) -> Kind:
    """What is the same of this message in every language. Raises WordingError."""
    try:
        return _kinds()[key]
    except KeyError:
        raise WordingError(f"no wording for {key!r}") from None


def variables(text: str) -> list[str]:
    """The names of the variables in a text, or in a line of one."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


@cache
def _known() -> frozenset[str]:
    return frozenset(languages())


@cache
def _kinds() -> Mapping[str, Kind]:
    return {key: Kind(**table | {"buttons": tuple(table.get("buttons", ()))}) for key, table in _file(_KINDS).items()}


@cache
def _read(language: str) -> Catalogue:
    return Catalogue(language, **_file(language))


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(_FILES.joinpath(f"{name}.toml").read_text("utf-8"))
