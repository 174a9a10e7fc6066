"""Control routes for templates and their approval, the 24-hour window, and the clock."""

from collections import Counter
from datetime import timedelta

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import And, ContainsNoneOf, Length, OneOf, Range
from werkzeug.exceptions import NotFound

from sandbox.twilio import control, facts
from sandbox.twilio.api import exchange
from sandbox.twilio.showing import content_json, window_json

MOST_FORWARD = 366 * 86400


class DecisionSchema(Schema):
    """Meta's decision about a template. `reason` is for a rejection."""

    status = fields.String(required=True, validate=OneOf(facts.DECISIONS))
    reason = fields.String(validate=And(Length(1, 500), ContainsNoneOf("\0", error="Must not contain NUL.")))
    category = fields.String(validate=OneOf(facts.CATEGORIES))


class WindowSchema(Schema):
    """Whether free text fails outside the window."""

    enforced = fields.Boolean(required=True, truthy={True}, falsy={False})


class ClockSchema(Schema):
    """Seconds to advance the clock by."""

    forward_seconds = fields.Float(required=True, validate=Range(0, MOST_FORWARD), allow_nan=False)


DECISION, WINDOW, CLOCK = DecisionSchema(), WindowSchema(), ClockSchema()

routes = Blueprint("steering", __name__, url_prefix="/sandbox")
routes.register_error_handler(ValidationError, control.invalid)


@routes.get("/contents")
def contents() -> ResponseReturnValue:
    """List the templates, oldest first."""
    return jsonify([content_json(content) for content in exchange().contents.all()])


@routes.put("/contents")
def decide_all() -> ResponseReturnValue:
    """Set the approval status of all templates that wait for a decision. Return how many have which status now.

    A template that breaks Meta's rules is rejected instead of approved.
    """
    decided = exchange().contents.decide_waiting(**DECISION.load(control.json_object()))
    return jsonify(Counter(content.status for content in decided))


@routes.put("/contents/<sid>")
def decide(sid: str) -> ResponseReturnValue:
    """Set a template's approval status. A template that breaks Meta's rules is rejected instead of approved."""
    decision = DECISION.load(control.json_object())
    if exchange().contents.get(sid) is None:
        raise NotFound(f"There is no template {sid}.")
    try:
        (content,) = exchange().contents.decide(sid, **decision)
    except ValueError as wrong:
        raise ValidationError(f"{wrong}.", "status") from None
    return jsonify(content_json(content))


@routes.get("/window")
def window() -> ResponseReturnValue:
    """Return whether the window is enforced, and how far the clock was advanced."""
    return jsonify(window_json(exchange()))


@routes.put("/window")
def set_window() -> ResponseReturnValue:
    """Switch the window's enforcement on or off."""
    exchange().limits.window = WINDOW.load(control.json_object())["enforced"]
    return jsonify(window_json(exchange()))


@routes.post("/clock")
def advance_clock() -> ResponseReturnValue:
    """Advance the clock: all messages and templates become older."""
    exchange().grow_older(timedelta(seconds=CLOCK.load(control.json_object())["forward_seconds"]))
    return jsonify(window_json(exchange()))
