"""The control routes under /sandbox/: what browser pages and curl use to see and to steer the pretend Twilio."""

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
from sandbox.twilio.showing import shown, shown_fault, window_until

PHONE = r"\+[1-9]\d{6,14}"
OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})
_a_phone = Regexp(rf"(?:{PHONE})\Z", error="Give it as +2348031234567.")
_a_phone_or_all = Regexp(rf"(?:\*|{PHONE})\Z", error="Give it as +2348031234567, or * for all.")
_a_sid = Regexp(rf"(?:{facts.MESSAGE_SID})\Z", error="Not a message SID.")


def _text(most: int, least: int = 0) -> fields.String:
    return fields.String(validate=And(Length(least, most), ContainsNoneOf("\0", error="May not hold NUL.")))


class SaySchema(Schema):
    """What a person writes or taps."""

    phone = fields.String(required=True, data_key="from", validate=_a_phone)
    text = _text(facts.MAX_BODY)
    profile_name = _text(100, 1)
    payload = _text(200, 1)
    button_text = _text(200, 1)
    quoted_sid = fields.String(validate=_a_sid)
    sid = fields.String(validate=_a_sid)
    to = fields.String(validate=_a_phone)

    @validates_schema(skip_on_field_errors=True)
    def _something_is_said(self, data: dict[str, Any], **_: object) -> None:
        if not data.get("text") and "payload" not in data:
            raise ValidationError("Give a text, or the payload of a button.", "text")


class FaultSchema(Schema):
    """What shall go wrong; `count` is left out for a lasting fault."""

    phone = fields.String(required=True, validate=_a_phone_or_all)
    kind = fields.String(required=True, validate=OneOf([kind.value for kind in FaultKind]))
    seconds = fields.Float(validate=Range(0, 600), allow_nan=False)
    code = fields.Integer(strict=True, validate=Range(10000, 99999))
    count = fields.Integer(strict=True, validate=Range(1, 10**6))

    @validates_schema(skip_on_field_errors=True)
    def _kind_has_what_it_needs(self, data: dict[str, Any], **_: object) -> None:
        for needing, name in ((NEEDS_SECONDS, "seconds"), (NEEDS_CODE, "code")):
            if data["kind"] in needing and name not in data:
                raise ValidationError(f"{data['kind']} needs it.", name)


class CaptionSchema(Schema):
    """What is going on, in a few words; empty: nothing."""

    text = fields.String(required=True, validate=And(Length(0, 200), ContainsNoneOf("\0", error="May not hold NUL.")))


SAY, FAULT, CAPTION = SaySchema(), FaultSchema(), CaptionSchema()


routes = Blueprint("control", __name__, url_prefix="/sandbox")


@routes.get("/phones")
def phones() -> ResponseReturnValue:
    """List the numbers seen, the latest first, each with its last message and until when its window is open."""
    latest = sorted(exchange().ledger.last_by_phone().items(), key=lambda item: item[1].accepted_at, reverse=True)
    return jsonify(
        [
            {"phone": phone, "last_message": shown(message), "window_until": window_until(exchange(), phone)}
            for phone, message in latest
        ]
    )


@routes.get("/messages")
def messages() -> ResponseReturnValue:
    """List the conversation with ?phone=, oldest first."""
    return jsonify([shown(message) for message in exchange().ledger.with_phone(_phone_asked_for(_a_phone))])


@routes.post("/say")
def say() -> ResponseReturnValue:
    """Let a person write or tap; answers the webhook's HTTP status (null: nobody answered) and the SID."""
    said = SAY.load(json_object())
    if f"whatsapp:{said.get('to', exchange().account.number)}" not in exchange().account.senders:
        raise ValidationError("No sender of this account.", "to")
    result = exchange().say(said.pop("phone"), said.pop("text", "") or said.get("button_text", ""), **said)
    return jsonify({"sid": result.sid, "webhook_status": result.status})


@routes.put("/caption")
def set_caption() -> ResponseReturnValue:
    """Show a few words over the phones."""
    exchange().caption = CAPTION.load(json_object())["text"]
    return "", 204


@routes.get("/faults")
def faults() -> ResponseReturnValue:
    """List the faults in force."""
    return jsonify([shown_fault(fault) for fault in exchange().faults.all()])


@routes.put("/faults")
def set_fault() -> ResponseReturnValue:
    """Let something go wrong; replaces the phone's fault of the same kind."""
    return jsonify(shown_fault(exchange().faults.set(**FAULT.load(json_object()))))


@routes.delete("/faults")
def clear_faults() -> ResponseReturnValue:
    """End the faults of ?phone=, those of ?kind=, or all."""
    kind = request.args.get("kind")
    if kind is not None and kind not in list(FaultKind):
        raise ValidationError("No such kind.", "kind")
    exchange().faults.clear(_phone_asked_for(_a_phone_or_all) if "phone" in request.args else None, kind)
    return "", 204


def error(problem: HTTPException, errors: dict[str, Any] | None = None) -> ResponseReturnValue:
    """Return an error in the same shape as the product's own API."""
    code = problem.code or 500
    body = {"code": code, "status": HTTPStatus(code).phrase, "message": problem.description, "errors": errors or {}}
    allow = problem.get_headers() if code == 405 else []
    return jsonify(body), code, [header for header in allow if header[0] == "Allow"]


@routes.errorhandler(ValidationError)
def invalid(problem: ValidationError) -> ResponseReturnValue:
    """Say what is wrong, by field."""
    errors = problem.normalized_messages()
    return error(UnprocessableEntity(f"Check {', '.join(sorted(map(str, errors)))}."), errors)


@routes.before_request
def only_from_here() -> None:
    """A page of another site must not steer the desk: neither by rebinding its name nor by posting across."""
    if request.remote_addr != "127.0.0.1" or request.host.partition(":")[0] not in OWN_HOSTS:
        abort(403, "The sandbox listens to this machine only.")
    origin = request.headers.get("Origin")
    if origin is not None and request.method not in ("GET", "HEAD") and origin != f"http://{request.host}":
        abort(403, "The sandbox listens to its own pages only.")


def json_object() -> Any:
    """Return the object that was posted."""
    given = request.get_json()
    if not isinstance(given, dict):
        raise ValidationError("Give a JSON object.", "body")
    return given


def _phone_asked_for(check: Regexp) -> str:
    phone = request.args.get("phone", "")
    phone = f"+{phone[1:]}" if phone.startswith(" ") else phone  # an unescaped plus arrives as a blank
    try:
        check(phone)
    except ValidationError as wrong:
        raise ValidationError(wrong.messages, "phone") from None
    return phone
