"""Signatures: Twilio's own examples, and everything that must be refused."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from dispatch.channels.whatsapp import signature
from tests.settings import changed

TOKEN = "0123456789abcdef0123456789abcdef"
TWILIOS_OWN = (
    "12345",
    "https://example.com/myapp.php?foo=1&bar=2",
    "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212",
    "L/OH5YylLD5NRKLltdqwSvS0BnU=",
)
WHATSAPP_BODY = (
    "SmsMessageSid=SMf1c7f1c7f1c7f1c7f1c7f1c7f1c70001&NumMedia=0&ProfileName=Zo%C3%AB&MessageType=text"
    "&SmsSid=SMf1c7f1c7f1c7f1c7f1c7f1c7f1c70001&WaId=5511900000001&SmsStatus=received"
    "&Body=Ol%C3%A1+%26+tchau+%2B+1%0Alinha+2&To=whatsapp%3A%2B14155238886&NumSegments=1&ReferralNumMedia=0"
    "&MessageSid=SMf1c7f1c7f1c7f1c7f1c7f1c7f1c70001&AccountSid=AC00000000000000000000000000000000"
    "&From=whatsapp%3A%2B5511900000001&ApiVersion=2010-04-01&Label="
)
WHATSAPP_URL = "https://hooks.example.com/twilio/inbound?t=1"
WHATSAPP = (TOKEN, WHATSAPP_URL, WHATSAPP_BODY, "1fOR54Aki+xSSfr9cAxV8ZoaIS0=")


def is_valid(monkeypatch: pytest.MonkeyPatch, token: str, url: str, body: str, header: str | None) -> Any:
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    ours = changed(web={"public_base_url": base}, twilio={"auth_token": token})
    monkeypatch.setattr(signature, "settings", lambda: ours)
    form = signature.joined(parse_qsl(body, keep_blank_values=True))
    return signature.valid(parts.path, parts.query.encode(), form, header)


@pytest.mark.parametrize(
    ("token", "url", "body", "header"),
    [
        pytest.param(*TWILIOS_OWN, id="Twilio's own example"),
        pytest.param(*WHATSAPP, id="a WhatsApp message"),
        pytest.param(*WHATSAPP[:3], "59A0JDJrHtbUoU4KSXqyX4D/bJY=", id="signed with the port in the URL"),
        pytest.param(
            TOKEN, "https://x/", "b=2&b=1&b=2&B=0", "l4RVoJDv/b04zWHIcNQI45FcuDo=", id="every value of a repeated name"
        ),
    ],
)
def test_a_form_signed_by_twilio_is_valid(monkeypatch, token, url, body, header):
    assert is_valid(monkeypatch, token, url, body, header) is True


@pytest.mark.parametrize(
    ("token", "url", "body", "header"),
    [
        pytest.param(*WHATSAPP[:3], None, id="no signature"),
        pytest.param(*WHATSAPP[:3], "", id="an empty signature"),
        pytest.param(*WHATSAPP[:3], "é" * 28, id="a signature that is not ASCII"),
        pytest.param(*WHATSAPP[:3], WHATSAPP[3].lower(), id="another signature"),
        pytest.param("another-token", *WHATSAPP[1:], id="another token"),
        pytest.param(TOKEN, WHATSAPP_URL, WHATSAPP_BODY.removesuffix("&Label="), WHATSAPP[3], id="an empty field lost"),
        pytest.param(TOKEN, WHATSAPP_URL, WHATSAPP_BODY + "&x=1", WHATSAPP[3], id="a field added"),
        pytest.param(TOKEN, WHATSAPP_URL, "", WHATSAPP[3], id="an empty form"),
        pytest.param(TOKEN, WHATSAPP_URL + "&t=2", *WHATSAPP[2:], id="another query"),
        pytest.param(TOKEN, WHATSAPP_URL.replace("https", "http"), *WHATSAPP[2:], id="another scheme"),
    ],
)
def test_a_form_not_signed_by_twilio_is_invalid(monkeypatch, token, url, body, header):
    assert is_valid(monkeypatch, token, url, body, header) is False


@pytest.mark.parametrize(
    ("fragment", "accepted"), [("#rc=3&rp=ct,rt,5xx&rt=5000", True), ("#rc=5", False), ("#", False), ("#rc=3", False)]
)
def test_signature_over_our_own_fragment_is_valid_and_over_another_is_not(monkeypatch, fragment, accepted):
    form = dict(parse_qsl(WHATSAPP_BODY, keep_blank_values=True))
    signed = RequestValidator(TOKEN).compute_signature(WHATSAPP_URL + fragment, form)
    assert is_valid(monkeypatch, TOKEN, WHATSAPP_URL, WHATSAPP_BODY, signed) is accepted


def test_the_signature_covers_the_raw_query(monkeypatch):
    """Flask un-escapes a query, and the signature of an escaped query would not match."""
    url = "https://x/y?a=%2F%C3%A9%7B"
    wanted = "o88co2mbw4Nffu2MuEqeHjL3Apo="
    assert is_valid(monkeypatch, TOKEN, url, "", wanted) is True
