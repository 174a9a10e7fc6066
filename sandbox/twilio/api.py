"""Twilio's Messages routes: create, fetch and list messages, with simulated faults."""

import hmac
import socket
import time

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.twilio import answers, checking, facts
from sandbox.twilio.account import Attempt
from sandbox.twilio.checking import RefusedError
from sandbox.twilio.exchange import Exchange
from sandbox.twilio.faults import Fault, FaultKind

BEFORE_ACCEPTING = (FaultKind.TOO_MANY, FaultKind.SERVER_ERROR, FaultKind.CUT, FaultKind.HANG)
AFTER_ACCEPTING = (FaultKind.SERVER_ERROR_ACCEPTED, FaultKind.CUT_ACCEPTED, FaultKind.HANG_ACCEPTED)
ANSWERS = {FaultKind.TOO_MANY: 20429, FaultKind.SERVER_ERROR: 20500, FaultKind.SERVER_ERROR_ACCEPTED: 20500}


routes = Blueprint("twilio", __name__, url_prefix=f"/{facts.API_VERSION}/Accounts/<account_sid>")


@routes.before_request
def require_credentials() -> None:
    """Require HTTP Basic with the account's SID and token; the SID must match the path. Raises RefusedError."""
    account, given = exchange().account, request.authorization
    user, password = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
    right_token = hmac.compare_digest(password.encode(), account.token.encode())
    if not right_token or not user == account.sid == (request.view_args or {}).get("account_sid", account.sid):
        raise RefusedError(20003)


@routes.errorhandler(RefusedError)
def refuse(refused: RefusedError) -> ResponseReturnValue:
    """Return an error as Twilio does."""
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if refused.status == 401 else {}
    return jsonify(answers.error_body(refused)), refused.status, headers


@routes.post("/Messages.json")
def create(account_sid: str) -> ResponseReturnValue:
    """Accept a message, or fail with the fault that is set for its phone. Raises RefusedError."""
    attempt = exchange().arrive(request.form)
    try:
        return _create(exchange(), attempt)
    except RefusedError as refused:
        attempt.outcome = str(refused.code)
        raise


@routes.get("/Messages/<sid>.json")
def fetch(account_sid: str, sid: str) -> ResponseReturnValue:
    """Return one message. Raises RefusedError."""
    message = exchange().ledger.get(sid)
    if message is None:
        raise RefusedError(20404, request.path)
    _fail_lookup(message.phone)
    return jsonify(answers.message_body(message, account_sid))


@routes.get("/Messages.json")
def listing(account_sid: str) -> ResponseReturnValue:
    """Return a page of messages, newest first. Raises RefusedError."""
    twilio = exchange()
    if twilio.strict:
        checking.refuse_unknown(set(request.args), facts.LIST_PARAMETERS)
    query = checking.check_list(request.args)
    numbers = [a for a in (query.to, query.from_) if a and a not in twilio.account.senders]
    phone = numbers[0].removeprefix("whatsapp:") if numbers else None
    _fail_lookup(phone or "")
    found = twilio.ledger.newest_first(query.matches, phone)
    return jsonify(answers.page_body(found, query, request.args, account_sid))


def _create(twilio: Exchange, attempt: Attempt) -> ResponseReturnValue:
    faults, phone = twilio.faults, attempt.phone
    if slow := faults.take(phone, [FaultKind.LATENCY]):
        time.sleep(slow.seconds)
    if fault := faults.take(phone, BEFORE_ACCEPTING):
        attempt.outcome = fault.kind
        return _fail(fault)
    if twilio.strict:
        checking.refuse_unknown(set(request.form), facts.CREATE_PARAMETERS)
    checking.check_create(request.form, twilio.account.senders)
    twilio.content_of(request.form)
    if fault := faults.take(phone, [FaultKind.REFUSED]):
        raise RefusedError(fault.code or 0)
    message = twilio.accept(request.form)
    created = answers.message_body(message, twilio.account.sid)
    attempt.outcome = "accepted"
    if fault := faults.take(phone, AFTER_ACCEPTING):
        attempt.outcome = fault.kind
        return _fail(fault)
    return jsonify(created), 201


def _fail(fault: Fault) -> ResponseReturnValue:
    if code := ANSWERS.get(fault.kind):
        return jsonify(answers.error_body(RefusedError(code))), facts.ERRORS[code].status
    _cut(fault.seconds if fault.kind in (FaultKind.HANG, FaultKind.HANG_ACCEPTED) else 0)
    return Response(status=204)  # the connection is closed already


def _cut(after: float) -> None:
    """Close the client's connection after some seconds, or as soon as the client closes it."""
    connection: socket.socket = request.environ.get("werkzeug.socket") or request.environ["gunicorn.socket"]
    try:
        if after:
            connection.settimeout(after)
            connection.recv(1, socket.MSG_PEEK)  # returns at once if the client or the stopping server closes it
    except OSError:
        pass  # time is up, or the connection was reset
    finally:
        _shut(connection)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client has closed it already


def _fail_lookup(phone: str) -> None:
    if exchange().faults.take(phone, [FaultKind.LOOKUP_500]):
        raise RefusedError(20500)


def exchange() -> Exchange:
    """Return the exchange that the app serves."""
    found: Exchange = current_app.extensions["exchange"]
    return found
