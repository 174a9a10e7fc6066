"""The page's routes to the desk: forwards API calls and adds the key; returns queue lengths."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import redis
import requests
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadGateway

from config.queues import QUEUES

#: Seconds to wait for the API: to connect, to answer.
TIMEOUT = (2, 15)
#: Headers of the API's answer that are forwarded to the page.
_FORWARDED_HEADERS = ("Content-Type", "Location", "Retry-After", "X-Pagination")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Desk:
    """Addresses and key of the desk on this machine. `flower` is the URL that people open."""

    api: str
    key: str
    redis_url: str
    flower: str | None = None
    timezone: str = "Africa/Lagos"

    def forward(self, path: str) -> ResponseReturnValue:
        """Forward the current request to the API. Raises BadGateway."""
        try:
            answer = requests.request(  # no session: the API may close a kept-alive connection while we use it
                request.method,
                f"{self.api}/{path}",
                params=request.query_string,
                data=request.get_data(),
                headers={"X-API-Key": self.key, "Content-Type": request.content_type},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise BadGateway(f"The API at {self.api} does not answer ({type(error).__name__}).") from None
        headers = {name: answer.headers[name] for name in _FORWARDED_HEADERS if name in answer.headers}
        return Response(answer.content, answer.status_code, headers)

    def facts(self) -> ResponseReturnValue:
        """Return the desk's API address, Flower link and time zone. The key stays here: any local user can ask."""
        return jsonify({"api": self.api, "flower": self.flower, "timezone": self.timezone})

    def queues(self) -> ResponseReturnValue:
        """Return the number of tasks in each queue and in progress. Return null if Redis does not answer."""
        try:
            with redis.Redis.from_url(self.redis_url, socket_timeout=1, socket_connect_timeout=1) as broker:
                lengths: list[Any] = [broker.llen(queue) for queue in QUEUES]
                return jsonify({"waiting": dict(zip(QUEUES, lengths, strict=True)), "taken": broker.hlen("unacked")})
        except redis.RedisError:
            return jsonify(None)


def add_routes(routes: Blueprint, desk: Desk) -> None:
    """Add the routes to a desk to the page's blueprint."""
    views: dict[str, Callable[..., ResponseReturnValue]] = {"/desk/facts": desk.facts, "/desk/queues": desk.queues}
    for path, view in views.items():
        routes.add_url_rule(path, view_func=view, endpoint=path.rpartition("/")[2])
    forward = partial(_forward, desk)
    routes.add_url_rule("/desk/<any(api):root>/<path:path>", view_func=forward, endpoint="forward", methods=METHODS)


def _forward(desk: Desk, root: str, path: str) -> ResponseReturnValue:
    return desk.forward(request.path.removeprefix("/desk/"))
