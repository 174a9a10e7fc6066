"""The query parameters that lists share."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import Range

from dispatch.api.schemas.fields import Choice, RecordId

#: Skipping rows costs MongoDB time; whoever needs more asks for what comes `after` a row.
LAST_PAGE = 10_000
LARGEST = 100
_DIGITS = re.compile("[0-9]{1,9}")
_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+ -]\d\d:\d\d)", re.ASCII)


class Sort(StrEnum):
    """Which rows come first: the newest, or the oldest."""

    NEWEST = "-created_at"
    OLDEST = "created_at"


class Moment(fields.String):
    """A moment as 2027-01-15T14:00:00+01:00 or …Z, given in UTC. A blank before the offset is a plus not escaped."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "date-time", "pattern": "^[12]", **kwargs.pop("metadata", {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            if _MOMENT.fullmatch(text):
                return datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
        except ValueError:
            pass
        raise ValidationError("Not a moment with its offset like 2027-01-15T14:00:00+01:00 or 2027-01-15T13:00:00Z.")


class Count(fields.Integer):
    """A number in a query, in plain digits: Python's own reading takes `1_0`, `+1` and the digits of any script."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not _DIGITS.fullmatch(value):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class PageQuery(Schema):
    """Which page of a list."""

    page = Count(load_default=1, validate=Range(1, LAST_PAGE), metadata={"description": "From 1."})
    page_size = Count(load_default=20, validate=Range(1, LARGEST), metadata={"description": "Rows a page."})
    sort = Choice(
        Sort,
        load_default=Sort.NEWEST.value,
        metadata={"description": "Newest first, or oldest first: then rows that are new come last."},
    )
    after = RecordId(
        metadata={"description": "Only rows that come after the one with this `id`, in the order of `sort`: the last "
                  "that you have. Whatever leaves the list meanwhile, no other row is left out or shown twice; one "
                  "made in the very second of that row may come before it."}
    )  # fmt: skip


class ChangesQuery(PageQuery):
    """A page of a list of what changes."""

    updated_since = Moment(
        metadata={"description": "Changed at that moment or later. Ask from a minute before you last asked: "
                  "several hosts write, each by its own clock."}
    )  # fmt: skip
