"""Service information, health checks and the OpenAPI document."""

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
VERSION = "0.2.0"
ABOUT = "Dispatches property inspections to field agents over WhatsApp."
LINKS = {
    "docs": "/docs",
    "openapi": "/openapi.json",
    "health": "/health",
    "jobs": "/api/jobs/",
    "agents": "/api/agents/",
    "messages": "/api/messages/",
}

blp = Blueprint("service", __name__, description="Service information and health checks.")
_about = AboutSchema()
_health = HealthSchema()
_detail = DetailSchema()


@blp.route("/")
@public("it shows the name, the version and links only")
@blp.response(200, _about)
@blp.doc(operationId="get_service_information", security=[])
def about() -> dict[str, Any]:
    """Service information: name, version and links."""
    return {"name": NAME, "version": VERSION, "description": ABOUT, "links": LINKS}


@blp.route("/health")
@public("load balancers call it, and it shows no more than up or down")
@blp.response(200, _health)
@blp.alt_response(503, schema=_health, description="A store does not answer.")
@blp.doc(operationId="get_health", security=[])
def health() -> tuple[dict[str, str], int]:
    """Health check: whether MongoDB and Redis answer, within three seconds."""
    probes = current_app.config["PROBES"]
    with ThreadPoolExecutor(len(probes)) as pool:  # in parallel: two stuck stores take no longer than one
        answers = dict(zip(probes, pool.map(lambda probe: probe(), probes.values()), strict=True))
    stores = {name: "ok" if answers[name] else "unavailable" for name in answers}
    well = all(answers.values())
    return {"status": "ok" if well else "unavailable", **stores}, 200 if well else 503


@blp.route("/health/detail")
@blp.response(200, _detail)
@blp.fails()
@blp.doc(operationId="get_operational_status")
def detail() -> dict[str, Any]:
    """Operational status: overdue work, failed work, buffered webhooks.

    A store that does not answer within three seconds is shown as unavailable, and its part of the answer is null.
    """
    with ThreadPoolExecutor(2) as pool:  # in parallel: two stuck stores take no longer than one
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
@blp.doc(operationId="get_openapi_document", security=[])
def document() -> Any:
    """The OpenAPI document of this API."""
    return current_app.json.response(openapi.complete(current_api.spec.to_dict()))
