"""Prepared requests, as the platform and Twilio make them."""

import itertools
import json
import uuid
from collections.abc import Sequence
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bench.load import Request
from tests.bodies import a_job_body
from tests.live.desk import ACCOUNT_SID, API_KEY, AUTH_TOKEN

INBOUND = "/api/webhooks/twilio/whatsapp"
_FORM = "application/x-www-form-urlencoded"


def inbound(base: str, phones: Sequence[str], count: int, text: str = "yes pls", path: str = INBOUND) -> list[Request]:
    """Return `count` signed inbound messages from these phones in turn, for a desk at `base`."""
    sign = RequestValidator(AUTH_TOKEN).compute_signature
    made = []
    for phone in itertools.islice(itertools.cycle(phones), count):
        sid = "SM" + uuid.uuid4().hex
        form = {
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ProfileName": "Zoë",
            "MessageType": "text",
            "SmsSid": sid,
            "WaId": phone.lstrip("+"),
            "SmsStatus": "received",
            "Body": text,
            "To": "whatsapp:+14155238886",
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": sid,
            "AccountSid": ACCOUNT_SID,
            "From": f"whatsapp:{phone}",
            "ApiVersion": "2010-04-01",
        }
        headers = {"Content-Type": _FORM, "X-Twilio-Signature": sign(base + INBOUND, form)}
        made.append(Request("POST", path, urlencode(form).encode(), headers))
    return made


def jobs(count: int, path: str = "/api/jobs/") -> list[Request]:
    """Return `count` requests that post a job, each with its own client and property."""
    headers = {"Content-Type": "application/json", "X-API-Key": API_KEY}
    phone = "+2348030000001"  # one phone for all clients: no agent here uses it
    return [Request("POST", path, json.dumps(a_job_body(client__phone=phone)).encode(), headers) for _ in range(count)]


def pages(paths: Sequence[str]) -> list[Request]:
    """Return a GET request for each path."""
    return [Request("GET", path, b"", {"X-API-Key": API_KEY}) for path in paths]
