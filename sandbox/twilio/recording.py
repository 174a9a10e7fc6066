"""Records requests to Twilio's API with their answers, one line of JSON each."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from sandbox.twilio import api, content_api

BLUEPRINTS = (api.routes.name, content_api.routes.name)


@dataclass(frozen=True)
class Exchanged:
    """One request with its answer, without credentials."""

    endpoint: str
    method: str
    path_values: dict[str, str]
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    json: Any
    status: int
    body: Any


def exchanged(response: Response) -> Exchanged:
    """Return the current request with its answer."""
    return Exchanged(
        endpoint=request.endpoint or "",
        method=request.method,
        path_values={name: str(value) for name, value in (request.view_args or {}).items()},
        query=request.args.to_dict(flat=False),
        form=request.form.to_dict(flat=False),
        json=request.get_json(silent=True),
        status=response.status_code,
        body=response.get_json() if response.status_code != 204 else None,
    )


def record(app: Flask, path: Path) -> None:
    """Append all following API requests to a file."""
    file, lock = path.open("a", encoding="utf-8", buffering=1), threading.Lock()

    @app.after_request
    def note(response: Response) -> Response:
        if request.blueprint in BLUEPRINTS:
            line = json.dumps(asdict(exchanged(response)))
            with lock:
                file.write(f"{line}\n")
        return response


def read(path: Path) -> Iterator[Exchanged]:
    """Yield the recorded requests, oldest first."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Exchanged(**json.loads(line))
