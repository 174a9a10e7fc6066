"""The pretend Twilio's Flask app: Twilio's routes, control routes, and pages."""

from collections.abc import Sequence

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from sandbox.twilio import answers, api, content_api, control, facts, steering
from sandbox.twilio.checking import RefusedError
from sandbox.twilio.exchange import Exchange


def create_app(exchange: Exchange, pages: Sequence[Blueprint] = ()) -> Flask:
    """Return the app for an exchange."""
    app = Flask("sandbox.twilio", static_folder=None)
    app.extensions["exchange"] = exchange
    app.before_request(control.only_from_here)
    for routes in (api.routes, content_api.routes, control.routes, steering.routes, *pages):
        app.register_blueprint(routes)

    @app.errorhandler(HTTPException)
    def answer_error(problem: HTTPException) -> ResponseReturnValue:
        if not request.path.startswith((f"/{facts.API_VERSION}/", content_api.PREFIX)):
            return control.error(problem)
        status = problem.code or 500
        code = {404: 20404, 405: 20004, 500: 20500}.get(status, 20001)
        return jsonify(answers.error_body(RefusedError(code, request.path, status))), status

    return app
