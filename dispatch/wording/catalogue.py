"""The catalogues: one TOML file a language, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter

DEFAULT_LANGUAGE = "en"
GROUPS = ("to_agents", "to_clients", "to_strangers")


class WordingError(LookupError):
    """A sentence, or a variable of one, that does not exist: a mistake in the program, never in the data."""


@dataclass(frozen=True)
class Catalogue:
    """One language: how it writes dates, the words people answer with, and each message's template by its kind."""

    formats: Mapping[str, str]
    words: Mapping[str, str]
    templates: Mapping[str, str]

    def template(self, key: str) -> str:
        """The template of a kind of message. Raises WordingError."""
        try:
            return self.templates[key]
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
    files = resources.files("dispatch.wording").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def catalogue(language: str = DEFAULT_LANGUAGE) -> Catalogue:
    """The catalogue of a language ("en", "en-NG"); English where there is none."""
    found = language.replace("_", "-").split("-")[0].lower()
    return _read(found if found in _known() else DEFAULT_LANGUAGE)


def kinds(group: str | None = None) -> frozenset[str]:
    """The kinds of messages we send, of all groups or of one: the keys of the catalogue."""
    if group is None:
        return frozenset(_read(DEFAULT_LANGUAGE).templates)
    return frozenset(_file(DEFAULT_LANGUAGE)[group])


def variables(text: str) -> list[str]:
    """The names of the variables in a template, or in a line of one."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


@cache
def _known() -> frozenset[str]:
    return frozenset(languages())


@cache
def _file(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files("dispatch.wording").joinpath(f"{language}.toml").read_text("utf-8"))


@cache
def _read(language: str) -> Catalogue:
    content = _file(language)
    templates: dict[str, str] = {}
    for group in GROUPS:
        if twice := templates.keys() & content[group].keys():
            raise WordingError(f"{language}: two wordings for {sorted(twice)}")
        templates |= content[group]
    return Catalogue(content["formats"], content["words"], templates)
