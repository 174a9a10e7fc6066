"""Clients over REST: show and replace a client. A client is created with their first job."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from dispatch.actions.people import clients
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
        return Client.known(whose["client_id"]) or _unknown()

    @blp.doc(operationId="replace_client")
    @blp.arguments(path, location="path")
    @blp.arguments(change, example=EXAMPLE)
    @blp.response(200, client_shown)
    @blp.fails(400, 404, 413, 415)
    def put(self, whose: dict[str, str], body: dict[str, Any], client_id: str) -> Client:
        """Replace a client, also in their open jobs.

        Omitting `email` clears it. An opt-out is kept.
        """
        if body.get("client_id", whose["client_id"]) != whose["client_id"]:
            abort(422, message="Some fields are not valid.", errors={"client_id": ["Must be the id in the path."]})
        now = utc_now()
        Contact.set_posted(body["phone"])
        client = Client.replace(whose["client_id"], body, now) or _unknown()
        clients.client_changed(client, now)
        return client


def _unknown() -> Any:
    abort(404, message="There is no such client.")
