"""A webhook's form is accepted only as Twilio signed it. Cheap checks come first: anybody can post here.

Twilio signs names and values joined without separators. Somebody who has seen one signed form can cut it elsewhere, and
the signature still matches: "MessageSid=SM1…&OriginalRepliedMessageSid=SM2…" as "MessageSi=dSM1…OriginalReplied" and
"MessageSid=SM2…" would be the same answer again, under another SID.
"""

import re
from collections import Counter
from typing import NoReturn

import structlog
from flask import request
from flask_smorest import abort
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge

from dispatch.channels.whatsapp import signature

log = structlog.get_logger(__name__)

#: Bytes and fields that a form may have. Twilio's longest forms have about 4 kB and 40 fields.
LARGEST, MOST_FIELDS = 64 * 1024, 100
_TYPE = "application/x-www-form-urlencoded"
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
#: Fields that have the SID of the message itself, and each place of a joined form where such a field could begin.
_OWN = ("MessageSid", "SmsSid", "SmsMessageSid")
_PLACES = re.compile(r"(?:MessageSid|SmsSid)((?:SM|MM)[0-9a-fA-F]{32})")


def form() -> dict[str, str]:
    """Return the form that Twilio posted, unknown fields included: Twilio adds fields without notice.

    Only a form is accepted. For other bodies Twilio signs a hash of the body, so a valid signature of the URL alone
    proves nothing. Answers 403 if Twilio did not sign the form, 413 if it is too large, 422 if a name or a SID in it is
    not one of Twilio's.
    """
    header = request.headers.get("X-Twilio-Signature")
    if request.mimetype != _TYPE or not signature.is_well_formed(header):
        _refuse_signature()
    _refuse_large_body()
    fields = list(request.form.items(multi=True))
    joined = signature.joined(fields)
    if not signature.valid(request.path, request.query_string, joined, header):
        _refuse_signature()
    _refuse_other_cut(fields, joined)
    return request.form.to_dict()


def _refuse_signature() -> NoReturn:
    log.warning("webhook not signed by Twilio")
    raise Forbidden("The signature in X-Twilio-Signature does not match this request.")


def _refuse_large_body() -> None:
    request.max_content_length = LARGEST
    body = request.get_data()
    if len(body) >= LARGEST or body.count(b"&") >= MOST_FIELDS:  # Werkzeug cuts a chunked body off at the limit
        raise RequestEntityTooLarge(f"A form has at most {LARGEST} bytes and {MOST_FIELDS} fields.")


def _refuse_other_cut(fields: list[tuple[str, str]], joined: str) -> None:
    """Refuse a form whose names or SIDs can't be Twilio's own.

    A SID after the words MessageSid or SmsSid is the message's own, or the whole value of a field of another name, such
    as OriginalRepliedMessageSid. Elsewhere it is a field that a different cut has hidden.
    """
    values = {value for name, value in fields if name in _OWN}
    sid = next(iter(values)) if len(values) == 1 else ""
    if "MessageSid" not in dict(fields) or not _SID.fullmatch(sid):
        _refuse("MessageSid", "Must be SM or MM and 32 hexadecimal digits, and the same in SmsSid.")
    if not all(_NAME.fullmatch(name) for name, _ in fields):
        _refuse("names", "A name has 1 to 64 letters, digits or underscores.")
    others = Counter(value for name, value in fields if name not in _OWN and name.endswith(("MessageSid", "SmsSid")))
    if Counter(found for found in _PLACES.findall(joined) if found != sid) - others:
        _refuse("MessageSid", "The form names another message, too.")


def _refuse(name: str, why: str) -> None:
    log.warning("webhook form refused", field=name)
    abort(422, message="Some fields are not valid.", errors={name: [why]})
