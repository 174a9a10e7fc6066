"""Signatures: whether a webhook really comes from Twilio."""

import hmac
from collections.abc import Mapping

from twilio.request_validator import RequestValidator

from config.settings import settings


def valid(url_path: str, raw_query: bytes, form: Mapping[str, str], signature_header: str | None) -> bool:
    """Whether Twilio signed this form for this URL of ours.

    The URL is built from PUBLIC_BASE_URL and the raw query: behind a proxy the request has another host and scheme, and
    Flask un-escapes its `url`. `form` may be a MultiDict: every value of a repeated name is signed.
    The SDK's own `validate` computes two signatures, with port and without. Usually the unchanged URL is the right one,
    so it is tried first.
    """
    if not signature_header:
        return False
    query = raw_query.decode("ascii", "replace")
    url = settings().web.public_base_url + url_path + (f"?{query}" if query else "")
    validator = RequestValidator(settings().twilio.auth_token)
    wanted = validator.compute_signature(url, form).encode()
    as_it_stands = hmac.compare_digest(wanted, signature_header.encode("latin-1", "replace"))
    return as_it_stands or bool(validator.validate(url, form, signature_header))
