"""Types of fields: strict types, trimmed texts, canonical phone numbers, local dates and times."""

import re
from datetime import date, time
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Email, OneOf, Regexp

from config.settings import LANGUAGE, settings
from dispatch.models.base.record import object_id
from dispatch.rules import phones, texts, timing

#: Control characters except tab and line breaks, and halves of surrogate pairs, which no store accepts.
_UNFIT = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
_UNFIT_SIGN = re.compile(f"[{_UNFIT}\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")  # Python 3.14 reads 24:00 as the end of a day


class Text(fields.String):
    """A text of up to `most` characters, without blanks around it. A text that shows nothing is null, or refused.

    Several blanks and line breaks become one blank, unless the text may have `lines`. Control characters are refused.
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
            raise ValidationError("Must not contain control characters.")
        text = re.sub(r"\r\n?", "\n", text).strip() if self.lines else " ".join(text.split())
        if len(text) > self.most:
            raise ValidationError(f"Must not be longer than {self.most} characters.")
        if texts.is_visible(text):
            return text
        if not self.blank:
            raise ValidationError("Must not be blank.")
        return None


class Mail(Text):
    """An email address. A blank text is null."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"anyOf": [{"format": "email"}, {"maxLength": 0}]}
        super().__init__(254, validate=lambda text: text and Email()(text), metadata=metadata, **kwargs)


class TimeZone(Text):
    """The name of an IANA time zone."""

    def __init__(self, *, metadata: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(60, validate=time_zone, **kwargs)
        self.metadata = {"format": "time-zone", **metadata}  # the format says enough: leave out length and pattern


class Language(fields.String):
    """A language tag. An unknown language is kept, and the person is written to in English."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "description": "Language of our messages: `en`, `fr`, `pt-BR` … Default: `DEFAULT_LANGUAGE`.",
            **kwargs.pop("metadata", {}),
        }
        shape = Regexp(LANGUAGE, error="Must be a language such as en, fr or pt-BR.")
        super().__init__(allow_none=True, validate=shape, metadata=metadata, **kwargs)


class Key(fields.String):
    """The platform's own id of an agent. It must fit into a path and must not look like one of our ids."""

    _OURS = "[0-9a-fA-F]{24}"
    _SHAPE = rf"(?!{_OURS}$)[A-Za-z0-9_][A-Za-z0-9_.:@~-]{{0,99}}"

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"pattern": f"^{self._SHAPE}$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        key = super()._deserialize(value, attr, data, **kwargs)
        if re.fullmatch(self._OURS, key):
            raise ValidationError("Must not be 24 hexadecimal digits, as our own ids are.")
        if not re.fullmatch(self._SHAPE, key):
            raise ValidationError(
                "Must be up to 100 letters, digits and _ . : @ ~ -, beginning with a letter, a digit or _."
            )
        return key


class RecordId(fields.String):
    """One of our own ids."""

    def __init__(self, *, metadata: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": "^[0-9a-fA-F]{24}$", **metadata}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = object_id(super()._deserialize(value, attr, data, **kwargs))
        if found is None:
            raise ValidationError("Must be an id: 24 hexadecimal digits.")
        return found


class Choice(fields.String):
    """A value of an enumeration."""

    def __init__(self, choices: type[StrEnum], **kwargs: Any) -> None:
        values = [choice.value for choice in choices]
        super().__init__(validate=OneOf(values, error="Must be one of: {choices}."), **kwargs)


class Phone(fields.String):
    """A phone number in the form +2348012345678. A number without a country code belongs to `DEFAULT_REGION`.

    In a query, a leading blank is a plus that was not escaped.
    """

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "phone", "maxLength": 40, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return phones.canonical(super()._deserialize(value, attr, data, **kwargs), settings().defaults.region)
        except phones.PhoneError as error:
            raise ValidationError("Not a valid phone number.") from error


class WholeNumber(fields.Integer):
    """An integer. A text or a boolean is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)


class Amount(fields.Float):
    """A number, stored as it was sent: an integer stays an integer. A range is required to refuse infinity."""

    def _format_num(self, value: Any) -> Any:
        if not isinstance(value, int | float):
            raise TypeError
        return value

    def _validated(self, value: Any) -> Any:
        return super(fields.Float, self)._validated(value)


class LocalDate(fields.String):
    """A date in the form 2027-01-15."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return _parsed(text, _DATE, date.fromisoformat, "Must be a date such as 2027-01-15.")


class LocalTime(fields.String):
    """A time of day in the form 14:00."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return _parsed(text, _TIME, time.fromisoformat, "Must be a time of day such as 14:00.")


def _parsed(text: str, shape: re.Pattern[str], parse: Any, complaint: str) -> str:
    try:
        if shape.fullmatch(text) and parse(text):
            return text
    except ValueError:
        pass
    raise ValidationError(complaint)


def time_zone(name: str | None) -> None:
    """Check the name of an IANA time zone. Raises ValidationError."""
    try:
        timing.zone(name or settings().defaults.timezone)
    except timing.NoSuchZone as error:
        raise ValidationError("Must be an IANA time zone such as Africa/Lagos.") from error
