"""Templates: checks of posted Contents, Meta's rules, and filling in variables."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.twilio import facts
from sandbox.twilio.checking import RefusedError
from sandbox.twilio.numbers import is_number

VARIABLE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_WORD = re.compile(r"\w+")


class Filled(NamedTuple):
    """A filled-in Content: text, buttons as (title, payload), and the names of variables without a given value."""

    body: str
    actions: tuple[tuple[str, str], ...]
    samples_used: tuple[str, ...]


def fill(
    body: str, actions: Sequence[Mapping[str, str]], samples: Mapping[str, str], given: Mapping[str, str]
) -> Filled:
    """Fill in a Content. The sample replaces a missing value (docs); without a sample the variable stays."""
    missing = [name for name in variables_of(body, actions) if name not in given]
    values = {**samples, **given}

    def filled(text: str) -> str:
        return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)

    buttons = tuple((filled(each["title"]), filled(each.get("id") or each["title"])) for each in actions)
    return Filled(filled(body), buttons, tuple(missing))


def variables_of(body: str, actions: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of the variables, in order of appearance."""
    texts = [body, *(each.get(part) or "" for each in actions for part in ("title", "id"))]
    return list(dict.fromkeys(name for text in texts for name in VARIABLE.findall(text)))


def check_content(given: Any) -> dict[str, Any]:
    """Return a posted Content's fields. A null counts as absent: the SDK sends nulls. Raises RefusedError."""
    given = _object(_without_nulls(given), "The body", facts.CONTENT_PARAMETERS)
    language = _text(given, "language", 1, 16)
    if not re.fullmatch(facts.LANGUAGE, language):
        raise RefusedError(20001, f"language {language} is not known")
    variables = _object(given.get("variables", {}), "variables")
    if len(variables) > facts.MAX_VARIABLES:
        raise RefusedError(20001, f"more than {facts.MAX_VARIABLES} variables")
    for name in variables:
        if not re.fullmatch(r"\S{1,16}", name):
            raise RefusedError(20001, f"variable name {name} is not 1 to 16 characters without blanks")
        _text(variables, name, 1, facts.MAX_BODY)
    types = _object(given.get("types"), "types")
    if not types or not set(types) <= set(facts.CONTENT_TYPES):
        raise RefusedError(20001, f"types must be of {', '.join(facts.CONTENT_TYPES)}")
    for kind, content in types.items():
        _check_type(kind, content)
    return {
        "friendly_name": _text(given, "friendly_name"),
        "language": language,
        "variables": variables,
        "types": types,
    }


def check_submission(given: Any) -> tuple[str, str]:
    """Return the name and category of a request for approval. Raises RefusedError."""
    given = _object(_without_nulls(given), "The body", facts.APPROVAL_PARAMETERS)
    name, category = _text(given, "name", 1), _text(given, "category", 1)
    if not re.fullmatch(facts.TEMPLATE_NAME, name):
        raise RefusedError(20001, "name must be 1 to 512 of a-z, 0-9 and _")
    if category not in facts.CATEGORIES:
        raise RefusedError(20001, f"category must be one of {', '.join(facts.CATEGORIES)}")
    return name, category


def broken_rule(
    body: str, actions: Sequence[Mapping[str, str]], samples: Mapping[str, str], language: str
) -> str | None:
    """Return the rules (docs) that a template breaks. Return None if it breaks none."""
    names = variables_of(body, actions)
    numbers = sorted(int(name) for name in names if is_number(name))
    bare = body.strip().rstrip(facts.PUNCTUATION)
    words = _words(VARIABLE.sub(" ", body), language)
    rules = {
        "the body starts with a variable": VARIABLE.match(bare),
        "the body ends with a variable": re.search(VARIABLE.pattern + r"\Z", bare),
        "two variables are adjacent": re.search(r"\}\}\s*\{\{", body),
        "a button's title has a variable": any(VARIABLE.search(each["title"]) for each in actions),
        "a variable has no sample": set(names) - set(samples),
        "the variables' numbers have gaps": numbers != list(range(1, len(numbers) + 1)),
        "too few words for the number of variables": words < 2 * len(set(VARIABLE.findall(body))) + 1,
    }
    broken = [rule for rule, breaks in rules.items() if breaks]
    return f"INVALID_FORMAT: {'; '.join(broken)}" if broken else None


def _words(text: str, language: str) -> int:
    """Return the number of words. In languages without spaces each character counts as a word."""
    found = _WORD.findall(text)
    return len("".join(found)) if language.partition("_")[0] in facts.WITHOUT_BLANKS else len(found)


def _check_type(kind: str, given: Any) -> None:
    content = _object(given, kind, facts.CONTENT_TYPES[kind])
    if kind == "twilio/quick-reply":
        _check_buttons(content.get("actions"))
    _text(content, "body", 1, facts.MAX_TEMPLATE_BODY)


def _check_buttons(actions: Any) -> None:
    if not isinstance(actions, list) or not 1 <= len(actions) <= facts.MAX_BUTTONS:
        raise RefusedError(20001, f"actions must be 1 to {facts.MAX_BUTTONS} buttons")
    for each in actions:
        button = _object(each, "actions", frozenset({"type", "title", "id"}))
        if button.get("type", "QUICK_REPLY") != "QUICK_REPLY":
            raise RefusedError(20001, "a button of a quick-reply is of type QUICK_REPLY")
        _text(button, "title", 1, facts.MAX_BUTTON_TITLE)
        _text(button, "id", 0, facts.MAX_BUTTON_ID)
    titles = [each["title"] for each in actions]
    if len(set(titles)) < len(titles):
        raise RefusedError(20001, "two buttons have the same title")


def _object(given: Any, name: str, known: frozenset[str] | None = None) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise RefusedError(20001, f"{name} must be a JSON object")
    if known is not None and (unknown := set(given) - known):
        raise RefusedError(20001, f"{name} has unknown {', '.join(sorted(unknown))}")
    return given


def _text(given: Mapping[str, Any], name: str, least: int = 0, most: int | None = None) -> str:
    text = given.get(name, "")
    if not isinstance(text, str) or len(text.strip()) < least:
        raise RefusedError(20001, f"{name} must be text" + (" that is not empty" if least else ""))
    if most is not None and len(text) > most:
        raise RefusedError(20001, f"{name} has {len(text)} characters, {most} are allowed")
    return text


def _without_nulls(given: Any) -> Any:
    if isinstance(given, dict):
        return {name: _without_nulls(value) for name, value in given.items() if value is not None}
    return [_without_nulls(each) for each in given] if isinstance(given, list) else given
