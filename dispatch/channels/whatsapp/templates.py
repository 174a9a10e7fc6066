"""Templates at Twilio: contents are created, submitted for Meta's approval, and listed with Meta's decision."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from urllib3.exceptions import HTTPError

from dispatch.channels.whatsapp.account import twilio
from dispatch.rules.outbox.window import Approval, approval

#: The most contents that Twilio lists on one page.
PAGE_SIZE = 500


class TemplatesFailed(Exception):
    """Twilio refused a template or did not answer. The text is Twilio's, or an exception's name."""


@dataclass(frozen=True)
class TemplateStatus:
    """A content as Twilio has it, with Meta's decision. Meta may have changed the category."""

    sid: str
    name: str
    status: Approval
    category: str | None = None
    reason: str | None = None


def listed() -> Iterator[TemplateStatus]:
    """Yield every content of the account. Raises TemplatesFailed."""
    try:
        for each in twilio().content.v1.content_and_approvals.stream(page_size=PAGE_SIZE):
            asked = each.approval_requests or {}
            yield TemplateStatus(
                each.sid,
                each.friendly_name or "",
                approval(asked.get("status")),
                asked.get("category") or None,
                asked.get("rejection_reason") or None,
            )
    except (HTTPError, TwilioException, ValueError, TypeError, AttributeError) as error:
        raise TemplatesFailed(_description(error)) from error


def create(name: str, locale: str, body: str, samples: Mapping[str, str], buttons: Sequence[tuple[str, str]]) -> str:
    """Create a content, with or without buttons (title, id). Return its SID. Raises TemplatesFailed."""
    actions = [{"type": "QUICK_REPLY", "title": title, "id": id_} for title, id_ in buttons]
    types: dict[str, Any] = (
        {"twilio/quick-reply": {"body": body, "actions": actions}} if actions else {"twilio/text": {"body": body}}
    )
    asked = {"friendly_name": name, "language": locale, "variables": dict(samples), "types": types}
    try:
        made = twilio().content.v1.contents.create(ContentList.ContentCreateRequest(asked))
    except (HTTPError, TwilioException, ValueError) as error:
        raise TemplatesFailed(_description(error)) from error
    return str(made.sid)


def submit(sid: str, name: str, category: str) -> Approval:
    """Submit a content for Meta's approval. Return its status. Raises TemplatesFailed."""
    asked = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": category})
    try:
        answer = twilio().content.v1.contents(sid).approval_create.create(asked)
    except (HTTPError, TwilioException, ValueError) as error:
        raise TemplatesFailed(_description(error)) from error
    return approval(answer.status)


def _description(error: Exception) -> str:
    if isinstance(error, TwilioRestException):
        return f"{error.code}: {error.msg}"
    if isinstance(error, TwilioServiceException):
        return f"{error.code}: {error.title}"
    return type(error).__name__
