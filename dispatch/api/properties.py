"""Properties over REST: show a property. A property is created with its first job."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.paths import PropertyPath
from dispatch.api.schemas.properties import KnownPropertySchema
from dispatch.models import Property

blp = Blueprint("properties", __name__, url_prefix="/api/properties", description="Properties to be inspected.")
path, property_shown = PropertyPath(), KnownPropertySchema()


@blp.route("/<path:property_id>")
class OneProperty(MethodView):
    """One property, found by the platform's id."""

    @blp.doc(operationId="get_property")
    @blp.arguments(path, location="path")
    @blp.response(200, property_shown)
    @blp.fails(404)
    def get(self, which: dict[str, str], property_id: str) -> dict[str, Any]:
        """Show a property with the data that you sent last."""
        house = Property.known(which["property_id"]) or abort(404, message="There is no such property.")
        return {**house.details, "created_at": house.created_at, "updated_at": house.updated_at}
