"""Signatures: whether a webhook really comes from Twilio.

Twilio signs the URL followed by every name and its value, sorted and without separators. A form that is cut elsewhere
("Body=Yes&From=…" as "Body=Ye&sFrom=…") has the same joined text and the same signature: the webhooks check that too.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from twilio.request_validator import add_port, remove_port

from config.settings import settings
from dispatch.channels.whatsapp.client import CALLED_BACK

_SHAPE = re.compile(r"[A-Za-z0-9+/]{27}=")


def is_well_formed(signature_header: str | None) -> bool:
    """Whether a header can be a signature at all: 20 bytes in Base64."""
    return bool(_SHAPE.fullmatch(signature_header or ""))


def joined(fields: Iterable[tuple[str, str]]) -> str:
    """Return a form's fields as Twilio signs them: sorted, each name before its value, each different pair once."""
    return "".join(name + value for name, value in sorted(set(fields)))


def valid(url_path: str, raw_query: bytes, joined_form: str, signature_header: str | None) -> bool:
    """Whether Twilio signed this joined form for this URL of ours.

    The URL is built from PUBLIC_BASE_URL and the raw query: behind a proxy the request has another host and scheme, and
    Flask un-escapes its `url`. One signature is computed for each form of the URL until one matches.
    """
    if signature_header is None or not is_well_formed(signature_header):
        return False
    query = raw_query.decode("ascii", "replace")
    url = settings().web.public_base_url + url_path + (f"?{query}" if query else "")
    token = settings().twilio.auth_token.encode()
    return any(
        hmac.compare_digest(_signature(token, each + joined_form), signature_header.encode()) for each in _forms_of(url)
    )


def _forms_of(url: str) -> Iterator[str]:
    """Yield the forms of our URL that may be signed: usually the URL as it is, else with or without its port.

    Last with the fragment that we set: Twilio's documents do not say whether it is signed, and an emulator signs it.
    """
    parts = urlsplit(url)
    forms = dict.fromkeys([url, remove_port(parts), add_port(parts)])
    yield from forms
    yield from (f"{form}#{CALLED_BACK}" for form in forms)


def _signature(token: bytes, text: str) -> bytes:
    return base64.b64encode(hmac.new(token, text.encode(), hashlib.sha1).digest())
