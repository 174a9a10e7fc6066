"""The front door: what this is, whether it is well, and its OpenAPI document."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import current_app
from flask_smorest import current_api

from dispatch.access.keys import public
from dispatch.actions.operations import backlog
from dispatch.api.plumbing import openapi
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.root import AboutSchema, DetailSchema, HealthSchema
from dispatch.models.base.record import utc_now

NAME = "Inspection dispatch"
VERSION = "0.1.0"
ABOUT = "Dispatches property inspections to field agents over WhatsApp."
LINKS = {"docs": "/docs", "openapi": "/openapi.json", "health": "/health", "jobs": "/api/jobs/",
         "agents": "/api/agents/", "messages": "/api/messages/"}  # fmt: skip

blp = Blueprint("front", __name__, description="What this is, and whether it is well.")
_about = AboutSchema()
_health = HealthSchema()
_detail = DetailSchema()


@blp.route("/")
@public("it says only what this is and where the documentation stands")
@blp.response(200, _about)
@blp.doc(security=[])
def about() -> dict[str, Any]:
    """Say what this is."""
    return {"name": NAME, "version": VERSION, "description": ABOUT, "links": LINKS}


@blp.route("/health")
@public("load balancers ask, and it tells no more than up or down")
@blp.response(200, _health)
@blp.alt_response(503, schema=_health, description="A store does not answer.")
@blp.doc(security=[])
def health() -> tuple[dict[str, str], int]:
    """Tell whether both stores answer, within three seconds."""
    probes = current_app.config["PROBES"]
    with ThreadPoolExecutor(len(probes)) as pool:  # at once: two stuck stores take no longer than one
        answers = dict(zip(probes, pool.map(lambda probe: probe(), probes.values()), strict=True))
    stores = {name: "ok" if answers[name] else "unavailable" for name in answers}
    well = all(answers.values())
    return {"status": "ok" if well else "unavailable", **stores}, 200 if well else 503


@blp.route("/health/detail")
@blp.response(200, _detail)
@blp.fails()
def detail() -> dict[str, Any]:
    """Tell what is overdue, parked or on the shelf, for whoever runs the desk.

    A store that does not answer within three seconds is said to be unavailable, and what it would have told is null.
    """
    with ThreadPoolExecutor(2) as pool:  # at once: two stuck stores take no longer than one
        database, redis = pool.submit(backlog.database, utc_now()), pool.submit(backlog.redis_too)
    seen, counted = database.result(), redis.result()
    return {
        "mongodb": "ok" if seen else "unavailable",
        "redis": "ok" if counted else "unavailable",
        **(counted or dict.fromkeys(("rescued", "tier"))),
        **(seen or dict.fromkeys(("overdue", "parked"))),
    }


@blp.route("/openapi.json")
@public("it documents the API and holds no data")
@blp.response(200, {"type": "object"}, description="This document.", example={"openapi": "3.0.3", "paths": {}})
@blp.doc(security=[])
def document() -> Any:
    """Return the OpenAPI document of this API."""
    return current_app.json.response(openapi.complete(current_api.spec.to_dict()))
