"""Shared by all tests: an environment of their own, real servers on request, and the API's client."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from sandbox import embedded

_HOME = tempfile.TemporaryDirectory(
    prefix="dispatch-tests-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None, ignore_cleanup_errors=True
)
HOME = Path(_HOME.name)
MONGODB_PORT, REDIS_PORT = embedded.free_port(), embedded.free_port()
#: All settings of the tests, so that a developer's own .env has no effect. Settings are read at import.
ENVIRONMENT = {
    "HOST": "127.0.0.1",
    "PORT": str(embedded.free_port()),
    "SANDBOX_PORT": str(embedded.free_port()),
    "PUBLIC_BASE_URL": "https://desk.example.com",
    "MONGODB_URI": f"mongodb://127.0.0.1:{MONGODB_PORT}/?replicaSet={embedded.REPLICA_SET}",
    "MONGODB_DB_NAME": "dispatch_tests",
    "REDIS_URL": f"redis://127.0.0.1:{REDIS_PORT}/0",
    "SANDBOX": "1",
    "TWILIO_ACCOUNT_SID": "",
    "TWILIO_API_BASE_URL": "",
    "TWILIO_WHATSAPP_NUMBER": "+14155238886",
    "SANDBOX_AUTH_TOKEN": "token-of-the-tests",
    "API_KEY": "key-of-the-tests",
    "SECRET_KEY": "secret-of-the-tests",
    "LOG_LEVEL": "WARNING",
    "LOG_FORMAT": "json",
    "DEFAULT_TIMEZONE": "Africa/Lagos",
    "DEFAULT_REGION": "NG",
    "DATA_DIR": str(HOME / "data"),
    "OPS_WEBHOOK_URL": "",
}
os.environ.update(ENVIRONMENT)

from dispatch import stores  # noqa: E402 (after the environment)
from dispatch.app import create_app  # noqa: E402
from tests.wiping import wipe  # noqa: E402

# On a busy machine an example may take any time; what matters is that it passes.
hypothesis_settings.register_profile("tests", deadline=None)
hypothesis_settings.load_profile("tests")

KEY = {"X-API-Key": ENVIRONMENT["API_KEY"]}


@dataclass(frozen=True)
class Servers:
    """The running stores of this test run."""

    mongodb: embedded.Server
    redis: embedded.Server


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Real MongoDB and Redis, started for the first test that uses them."""
    mongodb = embedded.mongodb(HOME / "mongodb", MONGODB_PORT)
    redis = embedded.redis(HOME / "redis", REDIS_PORT)
    with mongodb, redis:
        stores.connect()
        stores.prepare()
        yield Servers(mongodb, redis)
        stores.disconnect()


@pytest.fixture
def stores_clean(servers: Servers) -> Servers:
    """Return both stores, connected and empty, with their indexes."""
    wipe()
    return servers


@pytest.fixture(scope="session")
def app() -> Flask:
    """The app as gunicorn serves it: an exception is a 500, not the test's."""
    return create_app()


@pytest.fixture
def anybody(app: Flask, stores_clean: Servers) -> FlaskClient:
    """A client without a key, over empty stores."""
    return app.test_client()


@pytest.fixture
def api(anybody: FlaskClient) -> FlaskClient:
    """The platform: a client that sends its key, over empty stores."""
    anybody.environ_base["HTTP_X_API_KEY"] = ENVIRONMENT["API_KEY"]
    return anybody


# At the end: these fixtures build upon the ones above.
from tests.live.fixtures import desk, in_its_database, running_desk, stores_of_its_own  # noqa: E402
from tests.ordering import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: E402
from tests.people import ada, bisi, intruder  # noqa: E402
from tests.pretending import pretend_twilio, twilio  # noqa: E402
from tests.queries.hooks import (  # noqa: E402
    every_query_is_explained,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = [
    "ada",
    "bisi",
    "desk",
    "every_query_is_explained",
    "in_its_database",
    "intruder",
    "pretend_twilio",
    "pytest_collection_modifyitems",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "pytest_xdist_make_scheduler",
    "running_desk",
    "stores_of_its_own",
    "twilio",
]
