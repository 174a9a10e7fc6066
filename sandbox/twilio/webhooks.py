"""Twilio's webhooks: their forms, and signed calls to us."""

import hashlib
import json
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from sandbox.twilio import facts, overrides
from sandbox.twilio.answers import error_text
from sandbox.twilio.ledger import Message
from sandbox.twilio.overrides import Overrides

CHANNEL_INSTALL_SID = "XE" + "5a" * 16


def post(url: str, form: Mapping[str, str], auth_token: str) -> int | None:
    """Post a signed form. Return the HTTP status. Return None if there was no answer.

    As Twilio does (docs): the URL's fragment is neither sent nor signed, but sets timeouts and retries; all tries share
    one total time. Uses http.client, because the libraries above it quote the URL again, and the signature covers the
    URL exactly as given.
    """
    how = overrides.read(url)
    url = url.partition("#")[0]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": facts.WEBHOOK_USER_AGENT,
        "X-Twilio-Signature": RequestValidator(auth_token).compute_signature(url, dict(form)),
        "Connection": "close",
    }
    ends_at = time.monotonic() + how.tt / 1000
    for _ in range(1 + how.rc):
        status, reached = _call(url, urlencode(form).encode(), headers, how, ends_at)
        if not how.retries_after(status, reached) or time.monotonic() >= ends_at:
            break
    return status


def _call(url: str, body: bytes, headers: Mapping[str, str], how: Overrides, ends_at: float) -> tuple[int | None, bool]:
    """Make one call. Return its status (None: no answer) and whether there was a connection."""
    connection = _connect(url, _seconds(how.ct, ends_at))
    if connection is None:
        return None, False
    try:
        connection.sock.settimeout(_seconds(how.rt, ends_at))
        connection.request("POST", _target(url), body, dict(headers))
        return connection.getresponse().status, True
    except (OSError, HTTPException):
        return None, True
    finally:
        connection.close()


def _seconds(milliseconds: int, ends_at: float) -> float:
    return max(0.001, min(milliseconds / 1000, ends_at - time.monotonic()))


def _connect(url: str, seconds: float) -> HTTPConnection | None:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.connect()
    except OSError:
        connection.close()
        return None
    return connection


def _target(url: str) -> str:
    rest = url.partition("://")[2]
    start = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
    target = rest[start:]
    return target if target.startswith("/") else f"/{target}"


def receipt(message: Message, status: str, error_code: int | None, account_sid: str) -> dict[str, str]:
    """Return the form of a status callback (docs; StructuredMessage, ExternalUserId, masked address: captures)."""
    form = {
        "AccountSid": account_sid,
        "ApiVersion": facts.API_VERSION,
        "ChannelInstallSid": CHANNEL_INSTALL_SID,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": f"{message.phone[:-4]}XXXX",
        "From": message.from_,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "To": message.to,
    }
    if status == "sent":
        form["StructuredMessage"] = "false"
    if status in ("delivered", "read"):
        form["ExternalUserId"] = user_id(message.phone)
    if error_code is not None:
        words = error_text(error_code) or ""
        form |= {"ErrorCode": str(error_code), "ErrorMessage": words, "ChannelStatusMessage": words}
    return form


def inbound(message: Message, account_sid: str) -> dict[str, str]:
    """Return the form of an inbound message's webhook (docs; the values of MessageType: captures)."""
    wa_id, name = message.phone.removeprefix("+"), message.profile_name or ""
    form = {
        "AccountSid": account_sid,
        "ApiVersion": facts.API_VERSION,
        "Body": message.body,
        "ChannelMetadata": json.dumps(
            {"type": "whatsapp", "data": {"context": {"ProfileName": name, "WaId": wa_id}}}, separators=(",", ":")
        ),
        "ExternalUserId": user_id(message.phone),
        "From": message.from_,
        "MessageSid": message.sid,
        "MessageType": "text" if message.payload is None else "interactive",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": name,
        "ReferralNumMedia": "0",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.to,
    }
    if message.phone.startswith("+"):
        form["WaId"] = wa_id
    if message.payload is not None:
        form |= {"ButtonPayload": message.payload, "ButtonText": message.button_text or "", "ButtonType": "REPLY"}
    if message.quoted_sid is not None:
        form |= {"OriginalRepliedMessageSid": message.quoted_sid, "OriginalRepliedMessageSender": message.to}
    if message.payload is not None or message.quoted_sid is not None:
        form |= {"Forwarded": "false", "FrequentlyForwarded": "false"}
    if message.opt_out is not None:
        form["OptOutType"] = message.opt_out
    return form


def user_id(phone: str) -> str:
    """Return a person's business-scoped user id: always the same for a number, without containing it.

    A person who hides their number has an id instead of a phone.
    """
    if not phone.startswith("+"):
        return f"whatsapp:{phone}"
    digits = int.from_bytes(hashlib.sha256(phone.encode()).digest()[:6])
    return f"whatsapp:ZZ.{digits:016d}"
