"""Bodies of the Messages API's answers: a message, a page of messages, an error."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from sandbox.twilio import facts
from sandbox.twilio.checking import ListQuery, RefusedError
from sandbox.twilio.ledger import Message


def message_body(message: Message, account_sid: str) -> dict[str, Any]:
    """Return a message with the fields of facts.MESSAGE_FIELDS."""
    uri = f"{messages_path(account_sid)}/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": facts.API_VERSION,
        "body": message.body,
        "date_created": _rfc2822(message.accepted_at),
        "date_sent": _rfc2822(message.sent_at),
        "date_updated": _rfc2822(message.updated_at or message.accepted_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": error_text(message.error_code),
        "from": message.from_,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def page_body(
    found: Sequence[Message], query: ListQuery, args: MultiDict[str, str], account_sid: str
) -> dict[str, Any]:
    """Return one page of messages with the fields of facts.PAGE_FIELDS.

    A page token names the message before ("PA…") or after ("PB…") the page, so that messages which arrive between two
    requests do not shift the pages.
    """
    start = _first_index(found, query)
    shown = found[start : start + query.page_size]
    following = f"PA{shown[-1].sid}" if start + len(shown) < len(found) else None
    preceding = f"PB{shown[0].sid}" if start > 0 and shown else None
    path = f"{messages_path(account_sid)}.json"
    filters = [(name, value) for name, value in args.items(multi=True) if not name.startswith("Page")]

    def uri(page: int, token: str | None = None) -> str:
        paging = [("PageSize", str(query.page_size)), ("Page", str(page))] + ([("PageToken", token)] if token else [])
        return f"{path}?{urlencode(filters + paging)}"

    first = query.page * query.page_size
    return {
        "end": first + max(len(shown) - 1, 0),
        "first_page_uri": uri(0),
        "next_page_uri": uri(query.page + 1, following) if following else None,
        "page": query.page,
        "page_size": query.page_size,
        "previous_page_uri": uri(max(query.page - 1, 0), preceding) if preceding else None,
        "messages": [message_body(message, account_sid) for message in shown],
        "start": first,
        "uri": uri(query.page, query.page_token),
    }


def _first_index(found: Sequence[Message], query: ListQuery) -> int:
    if not query.page_token:
        return 0
    side, sid = query.page_token[:2], query.page_token[2:]
    index = next((i for i, message in enumerate(found) if message.sid == sid), None)
    if side not in ("PA", "PB") or index is None:
        raise RefusedError(20001, "PageToken is not known")
    return index + 1 if side == "PA" else max(index - query.page_size, 0)


def error_body(refused: RefusedError) -> dict[str, Any]:
    """Return an error with the fields of facts.ERROR_FIELDS."""
    more_info = facts.MORE_INFO.format(code=refused.code)
    return {"code": refused.code, "message": refused.message, "more_info": more_info, "status": refused.status}


def error_text(code: int | None) -> str | None:
    """Return Twilio's text for an error code. Return None if there is no code."""
    if code is None:
        return None
    return facts.ERRORS[code].message.format("") if code in facts.ERRORS else "Unknown error"


def messages_path(account_sid: str) -> str:
    """Return the path of the Messages resource, without ".json"."""
    return f"/{facts.API_VERSION}/Accounts/{account_sid}/Messages"


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None
