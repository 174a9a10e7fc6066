"""How gunicorn serves the API: `gunicorn -c gunicorn_conf.py wsgi:app`."""

import logging
import os
from typing import Any

from gunicorn.http import wsgi

from config import logs
from config.settings import settings
from dispatch import stores

bind = (
    f"[{settings().web.host}]:{settings().web.port}"
    if ":" in settings().web.host
    else f"{settings().web.host}:{settings().web.port}"
)
proc_name = "dispatch"

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# Heartbeats go through memory: on a disk that is busy they would look like a hanging worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  the kernel's own, not a guessable file

# Twilio gives up on a webhook after 15 s.
timeout = 15
graceful_timeout = 10
keepalive = 5

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Whose X-Forwarded-* is believed: gunicorn reads FORWARDED_ALLOW_IPS; unset, it is this machine alone.
# Nothing of ours trusts them: signatures are computed over PUBLIC_BASE_URL.

# structlog writes one line a request.
accesslog = None
# Its own lines quote what they complain of, which may be a phone number.
logging.getLogger("gunicorn.error").addFilter(logs.unquoted)
# Its socket would be shared by every gunicorn of this user.
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """Connect the stores in each worker: their clients do not survive a fork."""
    stores.connect()


def worker_exit(server: Any, worker: Any) -> None:
    """Let go of the stores."""
    stores.disconnect()


class _Unnamed(wsgi.Response):
    """A response that does not tell which server this is."""

    def default_headers(self) -> list[str]:
        """Return gunicorn's own headers but for Server."""
        headers: list[str] = super().default_headers()
        return [header for header in headers if not header.startswith("Server:")]


wsgi.Response = _Unnamed  # type: ignore[misc]  # there is no setting for it
