"""Pages of a list, newest first; whether there is another is found by asking for one row more, never by counting."""

import json
from typing import Any

from mongoengine import QuerySet

from dispatch.api.schemas.paging import LAST_PAGE

#: The documentation of the header.
HEADER = {
    "X-Pagination": {
        "description": "JSON: `page`, `page_size`, and `next_page`, which is null on the last page.",
        "schema": {"type": "string", "example": '{"page": 1, "page_size": 20, "next_page": 2}'},
    }
}


def take(found: QuerySet, page: int, page_size: int) -> tuple[list[Any], dict[str, str]]:
    """Return one page of documents, newest first, and the header that says where it stands."""
    rows = list(found.order_by("-id").skip((page - 1) * page_size).limit(page_size + 1))
    another = len(rows) > page_size and page < LAST_PAGE
    stands = {"page": page, "page_size": page_size, "next_page": page + 1 if another else None}
    return rows[:page_size], {"X-Pagination": json.dumps(stands)}
