"""Pages of a list, ordered by creation. One extra row is read to find out whether there is a next page."""

import json
from typing import Any

from mongoengine import QuerySet

from dispatch.api.schemas.paging import LAST_PAGE, Sort

#: The documentation of the header.
HEADER = {
    "X-Pagination": {
        "description": "JSON: `page`, `page_size`, and `next_page`, which is null on the last page.",
        "schema": {"type": "string", "example": '{"page": 1, "page_size": 20, "next_page": 2}'},
    }
}
# An id begins with the second in which its row was created, and ids are unique: rows keep their order, and new rows
# come last. (Rows of the same second are ordered by process: a page of the present second may still get rows.)
# A row that leaves a list shifts all later page numbers. The rows `after` a given row stay the same.
_ORDERS = {Sort.NEWEST: "-id", Sort.OLDEST: "id"}
#: Arguments that filter rows by their own values, not by their position.
NARROWING = frozenset({"after", "updated_since"})
_BEYOND = {Sort.NEWEST: "id__lt", Sort.OLDEST: "id__gt"}


def take(found: QuerySet, args: dict[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """Return the page that a query (`PageQuery`) asks for, and the header with its number and the next one.

    The page has documents, or rows if `found` yields rows.
    """
    page, page_size = args["page"], args["page_size"]
    if "updated_since" in args:
        found = found.filter(updated_at__gte=args["updated_since"])
    if "after" in args:
        found = found.filter(**{_BEYOND[args["sort"]]: args["after"]})
    rows = list(found.order_by(_ORDERS[args["sort"]]).skip((page - 1) * page_size).limit(page_size + 1))
    another = len(rows) > page_size and page < LAST_PAGE
    position = {"page": page, "page_size": page_size, "next_page": page + 1 if another else None}
    return rows[:page_size], {"X-Pagination": json.dumps(position)}
