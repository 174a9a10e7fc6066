"""JSON of messages, faults, templates and windows, for pages and curl."""

from typing import Any

from sandbox.twilio import facts
from sandbox.twilio.contents import Content
from sandbox.twilio.exchange import Exchange
from sandbox.twilio.faults import Fault
from sandbox.twilio.ledger import INBOUND, Message


def message_json(message: Message) -> dict[str, Any]:
    """Return a message's JSON."""
    return {
        "sid": message.sid,
        "phone": message.phone,
        "direction": "inbound" if message.direction == INBOUND else "outbound",
        "text": message.body,
        "at": message.accepted_at.isoformat(),
        "status": message.status,
        "ticks": facts.TICKS.get(message.status, 0),
        "error_code": message.error_code,
        "profile_name": message.profile_name,
        "webhook_status": message.webhook_status,
        "payload": message.payload,
        "button_text": message.button_text,
        "quoted_sid": message.quoted_sid,
        "sender": (message.to if message.direction == INBOUND else message.from_).removeprefix("whatsapp:"),
        "content_sid": message.content_sid,
        "actions": [{"title": title, "payload": payload} for title, payload in message.actions],
    }


def fault_json(fault: Fault) -> dict[str, Any]:
    """Return a fault's JSON."""
    return {
        "phone": fault.phone,
        "kind": fault.kind,
        "seconds": fault.seconds,
        "code": fault.code,
        "count": fault.count,
    }


def content_json(content: Content) -> dict[str, Any]:
    """Return a template's JSON."""
    return {
        "sid": content.sid,
        "name": content.name,
        "friendly_name": content.friendly_name,
        "language": content.language,
        "category": content.category,
        "status": content.status,
        "rejection_reason": content.rejection_reason,
        "body": content.body,
        "actions": [{"title": each["title"], "id": each.get("id", "")} for each in content.actions],
        "variables": content.variables,
    }


def window_json(exchange: Exchange) -> dict[str, Any]:
    """Return whether the window is enforced, and how far the clock was advanced."""
    return {"enforced": exchange.limits.window, "clock_ahead_seconds": exchange.ahead.total_seconds()}


def window_end(exchange: Exchange, phone: str) -> str | None:
    """Return the end of a person's window as text. Return None if they never wrote."""
    until = exchange.window_open_until(phone)
    return until.isoformat() if until else None
