"""The secrets of compose.yaml: a script writes them, stores with passwords take them, each process reads its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from config import settings
from config.secret_settings import NEEDED
from sandbox import embedded
from tests.conftest import HOME
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
GIVEN = {"TWILIO_AUTH_TOKEN": "a-token-of-twilio-of-the-env-file", "API_KEY": "a-key-of-the-env-file"}
SETTINGS = {
    "PUBLIC_BASE_URL": "https://desk.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_WHATSAPP_NUMBER": "+14155238886",
}


@dataclass(frozen=True)
class LockedStores:
    """A folder with secrets, and stores that ask for them."""

    secrets: Path
    mongodb_port: int
    redis_port: int

    def secret(self, name: str) -> str:
        """Return the content of a file."""
        return (self.secrets / name).read_text().strip()

    def environment(self, process: str) -> dict[str, str]:
        """Return the environment of a service of compose.yaml, with the folder instead of /run/secrets."""
        given = SERVICES[process]["environment"]
        files = {name: value.replace("/run/secrets", str(self.secrets)) for name, value in given.items()}
        return files | SETTINGS | {"DATA_DIR": str(self.secrets), "SANDBOX": "", "HOST": "127.0.0.1"}


def write_secrets(folder: Path) -> None:
    subprocess.run(
        ["sh", str(ROOT / "config/write_secrets.sh"), str(folder)], check=True, capture_output=True, timeout=30
    )


def mongodb_with_key(secrets: Path, port: int) -> embedded.Server:
    """Return MongoDB with the key file of compose.yaml: at mode 400, as mongod demands it."""
    key = secrets / "keyfile"
    key.write_bytes((secrets / "mongodb_keyfile").read_bytes())
    key.chmod(0o400)
    server = embedded.mongodb(secrets / "mongodb", port)
    return replace(server, command=(*server.command, "--keyFile", str(key)), answers=lambda _: _is_open(port))


def _is_open(port: int) -> bool:
    try:
        with MongoClient[dict[str, Any]]("127.0.0.1", port, directConnection=True, timeoutMS=2000) as client:
            return bool(client.admin.command("hello")["ok"])
    except PyMongoError:
        return False


def make_users(stores: LockedStores) -> None:
    """Do what the health check of compose.yaml does on an empty volume."""
    root = stores.secret("mongodb_root_password")
    members = [{"_id": 0, "host": f"127.0.0.1:{stores.mongodb_port}"}]
    with MongoClient[dict[str, Any]]("127.0.0.1", stores.mongodb_port, directConnection=True) as client:
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
        until(lambda: client.admin.command("hello")["isWritablePrimary"], 30, "a primary")
        client.admin.command("createUser", "root", pwd=root, roles=["root"])
    of_root = {"username": "root", "password": root, "directConnection": True}
    with MongoClient[dict[str, Any]]("127.0.0.1", stores.mongodb_port, **of_root) as client:
        everything = {"resource": {"anyResource": True}, "actions": ["anyAction"]}
        client.admin.command("createRole", "replay_oplog", privileges=[everything], roles=[])
        client.admin.command("grantRolesToUser", "root", roles=["replay_oplog"])
        role = {"role": "readWrite", "db": "dispatch"}
        client.admin.command("createUser", "dispatch", pwd=stores.secret("mongodb_password"), roles=[role])


@pytest.fixture(scope="module")
def locked() -> Iterator[LockedStores]:
    """Stores with the passwords of config/write_secrets.sh, and the secrets with their addresses."""
    folder = HOME / "locked"
    folder.mkdir()
    (folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in GIVEN.items()))
    write_secrets(folder)
    stores = LockedStores(folder / "secrets", embedded.free_port(), embedded.free_port())
    for name, service in (("mongodb_uri", "mongodb:27017"), ("redis_url", "redis:6379")):
        port = stores.mongodb_port if name == "mongodb_uri" else stores.redis_port
        assert f"@{service}/" in stores.secret(name)
        (stores.secrets / name).chmod(0o600)
        (stores.secrets / name).write_text(stores.secret(name).replace(service, f"127.0.0.1:{port}"))
    broker = embedded.redis(stores.secrets / "redis", stores.redis_port)
    program, *options = broker.command
    command = (program, str(stores.secrets / "redis.conf"), *options)
    broker = replace(broker, command=command, answers=lambda _: not embedded.is_free(stores.redis_port))
    with mongodb_with_key(stores.secrets, stores.mongodb_port), broker:
        make_users(stores)
        yield stores


def test_script_writes_each_secret_of_compose_once_and_takes_those_of_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in GIVEN.items()))
    write_secrets(tmp_path)
    files = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    declared = yaml.safe_load((ROOT / "compose.yaml").read_text())["secrets"]
    assert {name: f"./secrets/{name}" for name in files} == {name: row["file"] for name, row in declared.items()}
    assert (files["api_key"].strip(), files["twilio_auth_token"].strip()) == (
        GIVEN["API_KEY"],
        GIVEN["TWILIO_AUTH_TOKEN"],
    )
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    write_secrets(tmp_path)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == files


@pytest.mark.parametrize("name", NEEDED)
def test_service_of_compose_gets_the_files_of_the_secrets_that_it_needs_and_no_other(name: str) -> None:
    service = SERVICES[name]
    assert set(service["secrets"]) == {secret.lower() for secret in NEEDED[name]}
    environment = service["environment"]
    assert environment["PROCESS"] == name
    own = {"FLOWER_BASIC_AUTH"} if name == "flower" else set()
    for secret in {*set().union(*NEEDED.values()), "FLOWER_BASIC_AUTH"} - own:
        assert environment[secret] == "", f"a {secret} in .env would reach the container"
    files = {variable: value for variable, value in environment.items() if variable.endswith("_FILE")}
    assert files == {f"{secret}_FILE": f"/run/secrets/{secret.lower()}" for secret in set().union(*NEEDED.values())}


@pytest.mark.parametrize("process", NEEDED)
def test_process_of_compose_reaches_stores_with_passwords(
    locked: LockedStores, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in locked.environment(process).items():
        monkeypatch.setenv(name, value)
    found = settings.load()
    with redis.Redis.from_url(found.stores.redis_url) as broker:
        assert broker.ping()
    if "MONGODB_URI" in NEEDED[process]:
        with MongoClient[dict[str, Any]](found.stores.mongodb_uri, timeoutMS=20_000) as client:
            client["dispatch"]["tried"].insert_one({"by": process})
    assert bool(found.web.secret_key) == ("SECRET_KEY" in NEEDED[process])


def test_stores_refuse_a_client_without_a_password(locked: LockedStores) -> None:
    with redis.Redis(port=locked.redis_port) as nobody, pytest.raises(redis.AuthenticationError):
        nobody.ping()
    with (
        MongoClient[dict[str, Any]]("127.0.0.1", locked.mongodb_port, directConnection=True) as nobody,
        pytest.raises(OperationFailure, match="requires authentication"),
    ):
        nobody["dispatch"]["tried"].find_one()


@pytest.mark.parametrize("command", ["migrate", "check"])
def test_commands_work_with_the_rights_of_the_desks_user(locked: LockedStores, command: str) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **locked.environment("web")}
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", command],
        cwd=locked.secrets,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr


def test_health_check_of_mongodb_makes_the_same_users_and_reads_the_same_files() -> None:
    script = SERVICES["mongodb"]["healthcheck"]["test"][-1]
    assert set(re.findall(r'secret\("(\w+)"\)', script)) == {"mongodb_root_password", "mongodb_password"}
    assert 'user: "dispatch"' in script
    assert set(SERVICES["mongodb"]["secrets"]) == {"mongodb_keyfile", "mongodb_root_password", "mongodb_password"}
    assert "install -m 400 -o mongodb -g mongodb /run/secrets/mongodb_keyfile" in SERVICES["mongodb"]["command"][-1]
