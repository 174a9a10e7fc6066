"""Control routes under /sandbox/: browser pages and curl watch and steer the pretend Twilio with them."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import And, ContainsNoneOf, Length, OneOf, Range, Regexp
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from sandbox.twilio import facts
from sandbox.twilio.api import exchange
from sandbox.twilio.faults import NEEDS_CODE, NEEDS_SECONDS, FaultKind
from sandbox.twilio.showing import fault_json, message_json, window_end

PHONE = r"\+[1-9]\d{6,14}|[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}"
OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})
_a_phone = Regexp(rf"(?:{PHONE})\Z", error="Must look like +2348031234567 or NG.13491208655302.")
_a_phone_or_all = Regexp(rf"(?:\*|{PHONE})\Z", error="Must look like +2348031234567, or be * for all phones.")
_a_sid = Regexp(rf"(?:{facts.MESSAGE_SID})\Z", error="Not a message SID.")

_NO_NUL = ContainsNoneOf("\0", error="Must not contain NUL.")


def _text(most: int, least: int = 0) -> fields.String:
    return fields.String(validate=And(Length(least, most), _NO_NUL))


class SaySchema(Schema):
    """A person's message or button tap."""

    phone = fields.String(required=True, data_key="from", validate=_a_phone)
    text = _text(facts.MAX_BODY)
    profile_name = _text(100, 1)
    payload = _text(200, 1)
    button_text = _text(200, 1)
    quoted_sid = fields.String(validate=_a_sid)
    sid = fields.String(validate=_a_sid)
    to = fields.String(validate=_a_phone)

    @validates_schema(skip_on_field_errors=True)
    def _require_text_or_payload(self, data: dict[str, Any], **_: object) -> None:
        if not data.get("text") and "payload" not in data:
            raise ValidationError("Give a text or a button's payload.", "text")


class FaultSchema(Schema):
    """A fault to set. Without `count` it stays until it is cleared."""

    phone = fields.String(required=True, validate=_a_phone_or_all)
    kind = fields.String(required=True, validate=OneOf([kind.value for kind in FaultKind]))
    seconds = fields.Float(validate=Range(0, 600), allow_nan=False)
    code = fields.Integer(strict=True, validate=Range(10000, 99999))
    count = fields.Integer(strict=True, validate=Range(1, 10**6))

    @validates_schema(skip_on_field_errors=True)
    def _require_values_of_the_kind(self, data: dict[str, Any], **_: object) -> None:
        for needing, name in ((NEEDS_SECONDS, "seconds"), (NEEDS_CODE, "code")):
            if data["kind"] in needing and name not in data:
                raise ValidationError(f"Required for the fault {data['kind']}.", name)


class CaptionSchema(Schema):
    """The caption over the phones, empty for none, and where to look: a person's phone, the id of a job."""

    text = fields.String(required=True, validate=And(Length(0, 200), _NO_NUL))
    phone = fields.String(load_default=None, allow_none=True, validate=_a_phone)
    job = fields.String(load_default=None, allow_none=True, validate=And(Length(1, 100), _NO_NUL))


SAY, FAULT, CAPTION = SaySchema(), FaultSchema(), CaptionSchema()


routes = Blueprint("control", __name__, url_prefix="/sandbox")


@routes.get("/phones")
def phones() -> ResponseReturnValue:
    """List all phones, the most recent first, each with its last message and the end of its window."""
    latest = sorted(exchange().ledger.last_by_phone().items(), key=lambda item: item[1].accepted_at, reverse=True)
    return jsonify(
        [
            {"phone": phone, "last_message": message_json(message), "window_until": window_end(exchange(), phone)}
            for phone, message in latest
        ]
    )


@routes.get("/messages")
def messages() -> ResponseReturnValue:
    """List the messages of ?phone=, oldest first."""
    return jsonify([message_json(message) for message in exchange().ledger.with_phone(_phone_argument(_a_phone))])


@routes.post("/say")
def say() -> ResponseReturnValue:
    """Send a person's message to the desk. Return its SID and the webhook's HTTP status (null: no answer)."""
    posted = SAY.load(json_object())
    if f"whatsapp:{posted.get('to', exchange().account.number)}" not in exchange().account.senders:
        raise ValidationError("Not a sender of this account.", "to")
    result = exchange().say(posted.pop("phone"), posted.pop("text", "") or posted.get("button_text", ""), **posted)
    return jsonify({"sid": result.sid, "webhook_status": result.status})


@routes.get("/caption")
def caption() -> ResponseReturnValue:
    """Return the caption over the phones, and whether somebody has opened the page."""
    return jsonify({**exchange().caption, "watched": exchange().watched})


@routes.put("/caption")
def set_caption() -> ResponseReturnValue:
    """Set the caption over the phones. The page moves to the phone and the job that it names."""
    exchange().caption = CAPTION.load(json_object())
    return "", 204


@routes.get("/faults")
def faults() -> ResponseReturnValue:
    """List the active faults."""
    return jsonify([fault_json(fault) for fault in exchange().faults.all()])


@routes.put("/faults")
def set_fault() -> ResponseReturnValue:
    """Set a fault. It replaces the phone's fault of the same kind."""
    return jsonify(fault_json(exchange().faults.set(**FAULT.load(json_object()))))


@routes.delete("/faults")
def clear_faults() -> ResponseReturnValue:
    """Clear the faults of ?phone=, of ?kind=, or all faults."""
    kind = request.args.get("kind")
    if kind is not None and kind not in list(FaultKind):
        raise ValidationError("Unknown kind of fault.", "kind")
    exchange().faults.clear(_phone_argument(_a_phone_or_all) if "phone" in request.args else None, kind)
    return "", 204


def error(problem: HTTPException, errors: dict[str, Any] | None = None) -> ResponseReturnValue:
    """Return an error in the same shape as the product's own API."""
    code = problem.code or 500
    body = {"code": code, "status": HTTPStatus(code).phrase, "message": problem.description, "errors": errors or {}}
    allow = problem.get_headers() if code == 405 else []
    return jsonify(body), code, [header for header in allow if header[0] == "Allow"]


@routes.errorhandler(ValidationError)
def invalid(problem: ValidationError) -> ResponseReturnValue:
    """Return validation errors by field."""
    errors = problem.normalized_messages()
    return error(UnprocessableEntity(f"Check {', '.join(sorted(map(str, errors)))}."), errors)


def only_from_here() -> None:
    """Refuse requests from other machines, hosts and sites, so that no other web page can steer the desk."""
    if request.remote_addr != "127.0.0.1" or request.host.partition(":")[0] not in OWN_HOSTS:
        abort(403, "The sandbox accepts requests from this machine only.")
    origin = request.headers.get("Origin")
    if origin is not None and request.method not in ("GET", "HEAD") and origin != f"http://{request.host}":
        abort(403, "The sandbox accepts requests from its own pages only.")


def json_object() -> Any:
    """Return the posted JSON object. Raises ValidationError."""
    given = request.get_json()
    if isinstance(given, dict):  # JSON has one kind of number: 3.0 and 3 are equal
        given = {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in given.items()
        }
    else:
        raise ValidationError("Must be a JSON object.", "body")
    return given


def _phone_argument(check: Regexp) -> str:
    phone = request.args.get("phone", "")
    phone = f"+{phone[1:]}" if phone.startswith(" ") else phone  # an unescaped plus arrives as a blank
    try:
        check(phone)
    except ValidationError as wrong:
        raise ValidationError(wrong.messages, "phone") from None
    return phone
