"""HTTP for Twilio's SDK by urllib3: half the CPU time of the SDK's own client, which uses requests."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests
import structlog
import urllib3
from requests import certs
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from twilio.http import HttpClient
from twilio.http.response import Response

log = structlog.get_logger(__name__)


class Transport(HttpClient):
    """Keeps `connections` open to one server. A request is never repeated, and a redirect is never followed.

    `seconds` are the time-outs for connecting and reading. The proxy and the certificates are taken from the
    environment, as requests does. A request raises urllib3.exceptions.HTTPError. Requests are not logged: their
    addresses contain phone numbers.
    """

    def __init__(self, base_url: str, seconds: tuple[float, float], connections: int) -> None:
        super().__init__(log, is_async=False)
        found = requests.Session().merge_environment_settings(base_url, {}, None, None, None)
        self.seconds = seconds
        verify = found["verify"]
        options: dict[str, Any] = {
            "maxsize": connections,
            "retries": False,
            "ca_certs": certs.where() if verify is True else verify,
        }
        if proxy := select_proxy(base_url, found["proxies"]):
            named = HTTPAdapter().proxy_headers(proxy)
            self._pool: urllib3.PoolManager = urllib3.ProxyManager(proxy, proxy_headers=named, **options)
        else:
            self._pool = urllib3.PoolManager(**options)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make a request for the SDK. Its time-out and redirects are ignored: see the class."""
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        sent = {**(headers or {}), **(urllib3.make_headers(basic_auth=":".join(auth)) if auth else {})}
        connect, read = self.seconds
        answer = self._pool.request(
            method.upper(),
            f"{uri}?{urlencode(asked, doseq=True)}" if asked else uri,
            body=_body(data, sent.get("Content-Type")) if data else None,
            headers=sent,
            redirect=False,
            timeout=urllib3.Timeout(connect=connect, read=read),
        )
        return Response(answer.status, answer.data.decode("utf-8", "replace"), answer.headers)


def _body(data: Mapping[str, object], content_type: str | None) -> str:
    return json.dumps(_without_nulls(data)) if content_type == "application/json" else urlencode(data, doseq=True)


def _without_nulls(data: Any) -> Any:
    """Return the data without nulls: the SDK sends null for every type of content that is not used."""
    if isinstance(data, Mapping):
        return {name: _without_nulls(value) for name, value in data.items() if value is not None}
    return [_without_nulls(each) for each in data] if isinstance(data, list) else data
