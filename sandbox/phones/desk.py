"""What the page asks of the desk behind it: its API, with the key put in here, and the lengths of its queues."""

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

#: Seconds that the API may take to connect and to answer.
TIMEOUT = (2, 15)
#: What of the API's answer the page gets to see.
_PASSED_ON = ("Content-Type", "Location", "Retry-After", "X-Pagination")
METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True)
class Desk:
    """Where the desk answers on this machine, and with which key; `flower` as people open it."""

    api: str
    key: str
    redis_url: str
    flower: str | None = None
    timezone: str = "Africa/Lagos"

    def ask(self, path: str) -> ResponseReturnValue:
        """Pass a request on to the API."""
        try:
            answer = requests.request(  # a connection of its own: one kept alive may be closed just as it is used
                request.method, f"{self.api}/{path}", params=request.query_string, data=request.get_data(),
                headers={"X-API-Key": self.key, "Content-Type": request.content_type}, timeout=TIMEOUT,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            raise BadGateway(f"The API at {self.api} does not answer ({type(error).__name__}).") from None
        headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        return Response(answer.content, answer.status_code, headers)

    def facts(self) -> ResponseReturnValue:
        """Return what the page shows of the desk itself."""
        return jsonify({"api": self.api, "key": self.key, "flower": self.flower, "timezone": self.timezone})

    def queues(self) -> ResponseReturnValue:
        """Return how many tasks wait in each queue, and how many a worker has taken and not ended; null: no answer."""
        try:
            with redis.Redis.from_url(self.redis_url, socket_timeout=1, socket_connect_timeout=1) as broker:
                lengths: list[Any] = [broker.llen(queue) for queue in QUEUES]
                return jsonify({"waiting": dict(zip(QUEUES, lengths, strict=True)), "taken": broker.hlen("unacked")})
        except redis.RedisError:
            return jsonify(None)


def add_routes(routes: Blueprint, desk: Desk) -> None:
    """Give the page's blueprint its ways to a desk."""
    ways: dict[str, Callable[..., ResponseReturnValue]] = {"/desk/facts": desk.facts, "/desk/queues": desk.queues}
    for path, view in ways.items():
        routes.add_url_rule(path, view_func=view, endpoint=path.rpartition("/")[2])
    ask = partial(_ask, desk)
    routes.add_url_rule("/desk/<any(api):root>/<path:path>", view_func=ask, endpoint="ask", methods=METHODS)


def _ask(desk: Desk, root: str, path: str) -> ResponseReturnValue:
    return desk.ask(request.path.removeprefix("/desk/"))
