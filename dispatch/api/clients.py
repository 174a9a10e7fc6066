"""Clients over REST: look at one, replace what is known of one. A job's post makes them."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from dispatch.actions.people import clients
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.clients import EXAMPLE, ClientChangeSchema, KnownClientSchema
from dispatch.api.schemas.paths import ClientPath
from dispatch.models import Client
from dispatch.models.base.record import utc_now

blp = Blueprint("clients", __name__, url_prefix="/api/clients", description="The people who want to see a property.")
path, change, client_shown = ClientPath(), ClientChangeSchema(), KnownClientSchema()


@blp.route("/<path:client_id>")
class OneClient(MethodView):
    """One client, by the platform's id."""

    @blp.arguments(path, location="path")
    @blp.response(200, client_shown)
    @blp.fails(404)
    def get(self, whose: dict[str, str], client_id: str) -> Client:
        """Show a client, as last posted or put."""
        return Client.known(whose["client_id"]) or _unknown()

    @blp.arguments(path, location="path")
    @blp.arguments(change, example=EXAMPLE)
    @blp.response(200, client_shown)
    @blp.fails(400, 404, 413, 415)
    def put(self, whose: dict[str, str], body: dict[str, Any], client_id: str) -> Client:
        """Replace a client, in their open jobs too.

        Without an email they have none. Who said STOP stays opted out.
        """
        if body.get("client_id", whose["client_id"]) != whose["client_id"]:
            abort(422, message="Some fields are not valid.", errors={"client_id": ["Is not the one in the path."]})
        now = utc_now()
        client = Client.replace(whose["client_id"], body, now) or _unknown()
        clients.client_changed(client, now)
        return client


def _unknown() -> Any:
    abort(404, message="There is no such client.")
