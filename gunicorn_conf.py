"""Gunicorn's settings: `gunicorn -c gunicorn_conf.py wsgi:app`."""

import logging
import os
from typing import Any

from gunicorn.http import wsgi

from config import logs, whole_requests
from config.settings import settings
from dispatch import stores

bind = (
    f"[{settings().web.host}]:{settings().web.port}"
    if ":" in settings().web.host
    else f"{settings().web.host}:{settings().web.port}"
)
proc_name = "dispatch"

worker_class = "config.web_worker.Worker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# Heartbeats are files in memory: on a busy disk, a late heartbeat would look like a hanging worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  the kernel's own, not a guessable file

# Connections of a process at once, fewer than the files that a process may usually open (1,024).
worker_connections = 500
# Twilio gives up a webhook after 15 s.
timeout = 15
graceful_timeout = 10
keepalive = 5

limit_request_line = limit_request_field_size = whole_requests.LONGEST_LINE
limit_request_fields = 64

# Gunicorn accepts X-Forwarded-* from the addresses in FORWARDED_ALLOW_IPS, by default from this machine only.
# Our code does not use these headers: signatures are computed over PUBLIC_BASE_URL.

# No header of a client or proxy may name the root of the app (SCRIPT_NAME).
forwarder_headers = ""

# structlog writes one line for each request.
accesslog = None
# Gunicorn's own lines quote the invalid request, which may contain a phone number.
logging.getLogger("gunicorn.error").addFilter(logs.without_request)
# All gunicorns of this user would share its socket.
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """Connect the stores in each worker: their clients do not work after a fork."""
    stores.connect()


def worker_exit(server: Any, worker: Any) -> None:
    """Disconnect the stores."""
    stores.disconnect()


class _Unnamed(wsgi.Response):
    """A response without the Server header."""

    def default_headers(self) -> list[str]:
        """Return gunicorn's own headers except Server."""
        headers: list[str] = super().default_headers()
        return [header for header in headers if not header.startswith("Server:")]


wsgi.Response = _Unnamed  # type: ignore[misc]  # gunicorn has no setting for this header
