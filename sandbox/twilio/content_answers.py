"""Bodies of the Content API's answers: a Content, its approval, a page of Contents."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from sandbox.twilio import facts
from sandbox.twilio.checking import RefusedError, whole
from sandbox.twilio.contents import Content


def content_body(content: Content, account_sid: str, host: str) -> dict[str, Any]:
    """Return a Content with the fields of facts.CONTENT_FIELDS. `host` is the address that the client called."""
    url = f"{host}v1/Content/{content.sid}"
    links = {"approval_create": f"{url}/ApprovalRequests/whatsapp", "approval_fetch": f"{url}/ApprovalRequests"}
    return _common(content, account_sid) | {"url": url, "links": links}


def with_approval(content: Content, account_sid: str) -> dict[str, Any]:
    """Return a Content with its approval."""
    return _common(content, account_sid) | {"approval_requests": approval(content)}


def approval(content: Content) -> dict[str, Any]:
    """Return a Content's approval. If the Content was not submitted, all fields except the status are empty."""
    return {
        "name": content.name,
        "category": content.category,
        "content_type": content.kind if content.name else "",
        "status": content.status,
        "rejection_reason": content.rejection_reason,
        "allow_category_change": True,
    }


def approval_body(content: Content, account_sid: str, host: str) -> dict[str, Any]:
    """Return the answer to a request for a Content's approval."""
    url = f"{host}v1/Content/{content.sid}/ApprovalRequests"
    whatsapp = {"type": "whatsapp"} | approval(content)
    return {"sid": content.sid, "account_sid": account_sid, "whatsapp": whatsapp, "url": url}


def page_body(
    found: Sequence[Content], shown: Callable[[Content], dict[str, Any]], args: MultiDict[str, str], url: str
) -> dict[str, Any]:
    """Return a page with the metadata of facts.META_FIELDS. A page token names the last Content of the page before."""
    size = whole(args, "PageSize", facts.DEFAULT_PAGE_SIZE, 1, facts.MAX_PAGE_SIZE)
    page, token = whole(args, "Page", 0, 0, 10**9), args.get("PageToken")
    start = _after(found, token) if token else page * size
    some = found[start : start + size]

    def at(number: int, after: str | None = None) -> str:
        paging = [("PageSize", str(size)), ("Page", str(number))] + ([("PageToken", after)] if after else [])
        return f"{url}?{urlencode(paging)}"

    meta = {
        "first_page_url": at(0),
        "key": "contents",
        "next_page_url": at(page + 1, some[-1].sid) if start + size < len(found) else None,
        "page": page,
        "page_size": size,
        "previous_page_url": at(page - 1) if page else None,
        "url": at(page, token),
    }
    return {"contents": [shown(content) for content in some], "meta": meta}


def _after(found: Sequence[Content], sid: str) -> int:
    index = next((n for n, content in enumerate(found) if content.sid == sid), None)
    if index is None:
        raise RefusedError(20001, "PageToken is not known")
    return index + 1


def _common(content: Content, account_sid: str) -> dict[str, Any]:
    return {
        "date_created": _iso(content.created_at),
        "date_updated": _iso(content.updated_at),
        "sid": content.sid,
        "account_sid": account_sid,
        "friendly_name": content.friendly_name,
        "language": content.language,
        "variables": content.variables,
        "types": content.types,
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
