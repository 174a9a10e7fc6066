"""Pages of a list, by creation; whether there is another is found by asking for one row more, never by counting."""

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
# Ids begin with the second of their making, and no two rows share one: rows keep their order, and new ones come last.
# (Those of one second are in the order of the processes that made them: a page of that second may still fill up.)
# Whatever leaves a list shifts the numbers of all pages behind it; what comes `after` a row stays so.
_ORDERS = {Sort.NEWEST: "-id", Sort.OLDEST: "id"}
#: Arguments that leave out some rows of a list by what they are.
NARROWING = frozenset({"after", "updated_since"})
_BEYOND = {Sort.NEWEST: "id__lt", Sort.OLDEST: "id__gt"}


def take(found: QuerySet, args: dict[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """Return the page that a query (`PageQuery`) asks for, and the header that says where it stands.

    `found` yields documents, or rows where it was asked for them.
    """
    page, page_size = args["page"], args["page_size"]
    if "updated_since" in args:
        found = found.filter(updated_at__gte=args["updated_since"])
    if "after" in args:
        found = found.filter(**{_BEYOND[args["sort"]]: args["after"]})
    rows = list(found.order_by(_ORDERS[args["sort"]]).skip((page - 1) * page_size).limit(page_size + 1))
    another = len(rows) > page_size and page < LAST_PAGE
    stands = {"page": page, "page_size": page_size, "next_page": page + 1 if another else None}
    return rows[:page_size], {"X-Pagination": json.dumps(stands)}
