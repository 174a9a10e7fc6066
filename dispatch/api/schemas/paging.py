"""Query parameters that lists share."""

import re
from datetime import UTC
from enum import StrEnum
from typing import Any

from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import Range

from dispatch.api.schemas.fields import Choice, RecordId
from dispatch.rules import timing

#: Skipping rows takes MongoDB time. To read further, use `after`.
LAST_PAGE = 10_000
LARGEST = 100
_DIGITS = re.compile("[0-9]{1,9}")
_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+ -]\d\d:\d\d)", re.ASCII)


class Sort(StrEnum):
    """The order of rows: the newest first or the oldest first."""

    NEWEST = "-created_at"
    OLDEST = "created_at"


class Moment(fields.String):
    """A moment in the form 2027-01-15T14:00:00+01:00 or …Z, read as UTC. A blank before the offset is a plus."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "date-time", "pattern": "^[12]", **kwargs.pop("metadata", {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            if _MOMENT.fullmatch(text):
                return timing.from_iso(text.replace(" ", "+")).astimezone(UTC)
        except ValueError:
            pass
        raise ValidationError(
            "Must be a moment with its offset such as 2027-01-15T14:00:00+01:00 or 2027-01-15T13:00:00Z."
        )


class Count(fields.Integer):
    """A number in a query, in plain digits. Python itself also accepts `1_0`, `+1` and the digits of any script."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not _DIGITS.fullmatch(value):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class PageQuery(Schema):
    """The wanted page of a list."""

    page = Count(load_default=1, validate=Range(1, LAST_PAGE), metadata={"description": "Page number, starting at 1."})
    page_size = Count(
        load_default=20, validate=Range(1, LARGEST), metadata={"description": "Number of rows on a page."}
    )
    sort = Choice(
        Sort,
        load_default=Sort.NEWEST.value,
        metadata={"description": "`-created_at`: newest first; `created_at`: oldest first, new rows come last."},
    )
    after = RecordId(
        metadata={
            "description": "Only rows after the row with this `id`, in the order of `sort`. Send the `id` of the last "
            "row that you have. Stable while rows are removed. A row created in the same second may be missed."
        }
    )


class ChangesQuery(PageQuery):
    """A page of a list whose rows change."""

    updated_since = Moment(
        metadata={
            "description": "Only rows changed at this moment or later. Overlap your polls by one minute; server clocks "
            "may differ."
        }
    )
