"""The ceilings: routes that do the minimum for each kind of call, on the same gunicorn, MongoDB and Redis."""

import json
from typing import Any

from bson import ObjectId
from flask import Flask, Response, jsonify, request
from mongoengine.connection import get_db

from celery_app import app as celery
from dispatch.api.schemas.jobs import NewJobSchema
from dispatch.channels.whatsapp import client
from dispatch.models.base.record import utc_now

app = Flask("bench.bare")
new_job = NewJobSchema()
QUEUE = "bench"


@celery.task(name="bench.nothing")
def nothing(_: str) -> None:
    """Do nothing; no worker consumes this queue."""


@app.get("/health")
def ready() -> str:
    """Answer when gunicorn is up."""
    return "ready"


@app.post("/inbound")
def inbound() -> Response:
    """Insert a form and enqueue a task."""
    form = request.form.to_dict()
    _keep({"form": form, "twilio_sid": form["MessageSid"], "phone": form["From"], "received_at": utc_now()})
    return Response(status=204)


@app.post("/jobs")
def jobs() -> tuple[Response, int]:
    """Validate a job, insert it and enqueue a task."""
    details = new_job.load(request.get_json())
    job_id = _keep(
        {
            **details,
            "inspection_date": str(details["inspection_date"]),
            "inspection_time": str(details["inspection_time"]),
        }
    )
    return jsonify({"id": str(job_id)}), 201


@app.get("/jobs")
def page() -> Response:
    """Return the newest jobs as stored."""
    found = list(get_db()["jobs"].find().sort("_id", -1).limit(int(request.args["count"])))
    return Response(json.dumps(found, default=str), mimetype="application/json")


def _keep(row: dict[str, Any]) -> ObjectId:
    row_id: ObjectId = get_db()["bare"].insert_one(row).inserted_id
    nothing.delay(str(row_id))
    return row_id


@celery.task(name="bench.hop")
def hop(hops: int) -> None:
    """Insert a row and enqueue the next hop; the last hop sends a message."""
    get_db()["bare"].insert_one({"hop": hops, "at": utc_now()})
    if hops:
        hop.apply_async((hops - 1,), queue=QUEUE)
    else:
        client.send("+14155238886", "+2348030000000", "the last hop", ObjectId(), 1)


@app.post("/hops/<int:hops>")
def hops(hops: int) -> Response:
    """Start a chain of `hops` tasks."""
    get_db()["bare"].insert_one({"hop": hops, "at": utc_now()})
    hop.apply_async((hops - 1,), queue=QUEUE)
    return Response(status=204)
