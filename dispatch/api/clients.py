"""Clients over REST: show and change a client. A client is created with their first job."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from dispatch.actions.people import clients, silences
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.clients import EXAMPLE, ClientChangeSchema, KnownClientSchema
from dispatch.api.schemas.paths import ClientPath
from dispatch.models import Client, Contact
from dispatch.models.base.record import utc_now

blp = Blueprint("clients", __name__, url_prefix="/api/clients", description="Clients, who want to see a property.")
path, change, client_shown = ClientPath(), ClientChangeSchema(), KnownClientSchema()


@blp.route("/<path:client_id>")
class OneClient(MethodView):
    """One client, found by the platform's id."""

    @blp.doc(operationId="get_client")
    @blp.arguments(path, location="path")
    @blp.response(200, client_shown)
    @blp.fails(404)
    def get(self, whose: dict[str, str], client_id: str) -> Client:
        """Show a client with the data that you sent last."""
        return silences.as_it_is(Client.known(whose["client_id"]) or _unknown())

    @blp.doc(operationId="change_client")
    @blp.arguments(path, location="path")
    @blp.arguments(change, required=False, example=EXAMPLE)
    @blp.response(200, client_shown)
    @blp.fails(400, 404, 413, 415)
    def put(self, whose: dict[str, str], given: dict[str, Any], client_id: str) -> Client:
        """Change a client, also in their open jobs.

        A field that is left out is kept; null clears it. An opt-out is kept; another phone number starts with
        your consent. The agents of the open jobs are sent a new name or number.
        """
        return _changed(whose["client_id"], given)

    @blp.doc(operationId="patch_client")
    @blp.arguments(path, location="path")
    @blp.arguments(change, required=False, example=EXAMPLE)
    @blp.response(200, client_shown)
    @blp.fails(400, 404, 413, 415)
    def patch(self, whose: dict[str, str], given: dict[str, Any], client_id: str) -> Client:
        """Change a client. PATCH and PUT are the same: a field that is left out is kept; null clears it."""
        return _changed(whose["client_id"], given)


def _changed(client_id: str, given: dict[str, Any]) -> Client:
    if given.get("client_id", client_id) != client_id:
        abort(422, message="Some fields are not valid.", errors={"client_id": ["Must be the id in the path."]})
    if "phone" in given:
        Contact.set_posted(given["phone"])
    return silences.as_it_is(clients.change(client_id, given, utc_now()) or _unknown())


def _unknown() -> Any:
    abort(404, message="There is no such client.")
