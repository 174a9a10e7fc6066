"""The kinds of fields: strict types, trimmed texts, canonical phone numbers, local dates and times."""

import re
from datetime import date, time
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Email, OneOf, Regexp

from config.settings import LANGUAGE, settings
from dispatch.models.base.record import object_id
from dispatch.rules import phones, timing

#: Control characters but tab and line breaks, and halves of surrogate pairs, which no store can keep.
_UNFIT = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
_UNFIT_SIGN = re.compile(f"[{_UNFIT}\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")


class Text(fields.String):
    """A text of up to `most` characters, without blanks around it; blank is the same as null, or refused.

    Runs of blanks and line breaks become one blank, unless it is a text of `lines`. Control characters are refused.
    """

    def __init__(self, most: int, *, lines: bool = False, blank: bool = True, **kwargs: Any) -> None:
        self.most, self.lines, self.blank = most, lines, blank and not kwargs.get("required")
        sign = f"[^{_UNFIT}]*"
        pattern = rf"^{sign}[^{_UNFIT}\s]{sign}$" if not self.blank else f"^{sign}$"
        metadata = {"maxLength": most, "pattern": pattern, **kwargs.pop("metadata", {})}
        super().__init__(allow_none=self.blank, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _UNFIT_SIGN.search(text):
            raise ValidationError("May not contain control characters.")
        text = re.sub(r"\r\n?", "\n", text).strip() if self.lines else " ".join(text.split())
        if len(text) > self.most:
            raise ValidationError(f"Longer than {self.most} characters.")
        if not text and not self.blank:
            raise ValidationError("May not be blank.")
        return text or None


class Mail(Text):
    """An address for mail; blank is the same as null."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"anyOf": [{"format": "email"}, {"maxLength": 0}]}
        super().__init__(254, validate=lambda text: text and Email()(text), metadata=metadata, **kwargs)


class TimeZone(Text):
    """The name of an IANA time zone."""

    def __init__(self, *, metadata: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(60, validate=time_zone, **kwargs)
        self.metadata = {"format": "time-zone", **metadata}  # it says all: a length and signs say nothing beside it


class Language(fields.String):
    """A language tag; one that we have no catalogue of is kept, and means English."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "description": "What we write in: `en`, `fr`, `pt-BR` …; else `DEFAULT_LANGUAGE`.",
            **kwargs.pop("metadata", {}),
        }
        shape = Regexp(LANGUAGE, error="Give a language as en, fr or pt-BR.")
        super().__init__(allow_none=True, validate=shape, metadata=metadata, **kwargs)


class Key(fields.String):
    """The platform's own id of an agent, which must fit into a path, and there be told from ours."""

    _OURS = "[0-9a-fA-F]{24}"
    _SHAPE = rf"(?!{_OURS}$)[A-Za-z0-9_][A-Za-z0-9_.:@~-]{{0,99}}"

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"pattern": f"^{self._SHAPE}$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        key = super()._deserialize(value, attr, data, **kwargs)
        if re.fullmatch(self._OURS, key):
            raise ValidationError("May not look like an id of ours: 24 hexadecimal digits.")
        if not re.fullmatch(self._SHAPE, key):
            raise ValidationError("Up to 100 letters, digits and _ . : @ ~ -, beginning with a letter, a digit or _.")
        return key


class RecordId(fields.String):
    """One of our own ids."""

    def __init__(self, *, metadata: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": "^[0-9a-fA-F]{24}$", **metadata}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = object_id(super()._deserialize(value, attr, data, **kwargs))
        if found is None:
            raise ValidationError("Not an id: 24 hexadecimal digits.")
        return found


class Choice(fields.String):
    """One of an enumeration's values."""

    def __init__(self, choices: type[StrEnum], **kwargs: Any) -> None:
        values = [choice.value for choice in choices]
        super().__init__(validate=OneOf(values, error="{input!r:.60} is none of: {choices}."), **kwargs)


class Phone(fields.String):
    """A telephone number, read in `DEFAULT_REGION` without a country code, given as +2348012345678.

    In a query a leading blank is a plus that was not escaped.
    """

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "phone", "maxLength": 40, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return phones.canonical(super()._deserialize(value, attr, data, **kwargs), settings().defaults.region)
        except phones.PhoneError as error:
            raise ValidationError(f"{error}.") from error


class WholeNumber(fields.Integer):
    """An integer, not a text or a boolean that looks like one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)


class Amount(fields.Float):
    """A number, kept as it was posted: an integer stays one. It needs a range, which refuses infinity."""

    def _format_num(self, value: Any) -> Any:
        if not isinstance(value, int | float):
            raise TypeError
        return value

    def _validated(self, value: Any) -> Any:
        return super(fields.Float, self)._validated(value)


class LocalDate(fields.String):
    """A date as 2027-01-15."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return _parsed(text, _DATE, date.fromisoformat, "Not a date like 2027-01-15.")


class LocalTime(fields.String):
    """A time of day as 14:00."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return _parsed(text, _TIME, time.fromisoformat, "Not a time of day like 14:00.")


def _parsed(text: str, shape: re.Pattern[str], parse: Any, complaint: str) -> str:
    try:
        if shape.fullmatch(text) and parse(text):
            return text
    except ValueError:
        pass
    raise ValidationError(complaint)


def time_zone(name: str | None) -> None:
    """Validate the name of an IANA time zone."""
    try:
        timing.zone(name or settings().defaults.timezone)
    except timing.NoSuchZone as error:
        raise ValidationError("Not an IANA time zone such as Africa/Lagos.") from error
