"""The embedded stores: real MongoDB and Redis servers, reachable from this machine only."""

import json
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from pymongo import MongoClient

from sandbox import answering, embedded, processes

MakeServer = Callable[[Path, int], embedded.Server]
BOTH = [pytest.param(embedded.mongodb, id="MongoDB"), pytest.param(embedded.redis, id="Redis")]


@pytest.fixture(scope="module")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    with embedded.mongodb(tmp_path_factory.mktemp("mongodb"), embedded.free_port()) as server:
        yield server


def test_embedded_mongodb_is_a_replica_set_with_transactions(mongodb: embedded.Server) -> None:
    with MongoClient[Any](mongodb.uri) as client:
        client.desk.create_collection("notes")
        with client.start_session() as session:
            with session.start_transaction():
                client.desk.notes.insert_one({"_id": "kept"}, session=session)
            session.start_transaction()
            client.desk.notes.insert_one({"_id": "undone"}, session=session)
            session.abort_transaction()
        assert client.admin.command("hello")["setName"] == "rs0"
        assert [note["_id"] for note in client.desk.notes.find()] == ["kept"]


def slowed(server: embedded.Server, seconds: float) -> embedded.Server:
    """Return this MongoDB with a replSetInitiate that takes this long, as on a slow disk."""
    data = {"failCommands": ["replSetInitiate"], "blockConnection": True, "blockTimeMS": int(seconds * 1000)}
    point = json.dumps({"mode": "alwaysOn", "data": data})
    parameters = ("--setParameter", "enableTestCommands=1", "--setParameter", f"failpoint.failCommand={point}")
    return replace(server, command=(*server.command, *parameters))


def initiations(server: embedded.Server) -> tuple[int, int]:
    """Return how often this MongoDB received replSetInitiate, and how often it carried the command out."""
    lines = [json.loads(line)["msg"] for line in server.log.read_text().splitlines() if line.startswith("{")]
    received = lines.count("Blocking command via 'failCommand' failpoint")
    return received, lines.count("replSetInitiate config object parses ok")


def test_mongodb_that_initiates_its_replica_set_slowly_becomes_primary(tmp_path: Path) -> None:
    server = slowed(embedded.mongodb(tmp_path, embedded.free_port()), seconds=2)
    server.start(seconds=60)
    try:
        with MongoClient[Any](server.uri) as client:
            assert client.admin.command("hello")["isWritablePrimary"] is True
    finally:
        server.stop()
    assert initiations(server)[1] == 1


def test_initiation_whose_answer_was_cut_off_is_repeated_and_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "STORE_SECONDS", 0.5)
    server = slowed(embedded.mongodb(tmp_path, embedded.free_port()), seconds=2)
    server.start(seconds=60)
    try:
        assert server.process
        assert answering.is_primary(int(server.uri.split(":")[2].split("/")[0]), server.process.pid)
    finally:
        server.stop()
    received, done = initiations(server)
    assert received > 1
    assert done == 1


def test_embedded_redis_appends_every_write_and_evicts_nothing(tmp_path: Path) -> None:
    port = embedded.free_port()
    with embedded.redis(tmp_path, port) as server, redis.Redis.from_url(server.uri) as client:
        client.set("hint", "1")
        assert client.config_get("appendonly")["appendonly"] == "yes"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    with embedded.redis(tmp_path, port) as server, redis.Redis.from_url(server.uri) as client:
        assert client.get("hint") == b"1"


def test_mongodb_keeps_its_data_when_its_port_changes(tmp_path: Path) -> None:
    with embedded.mongodb(tmp_path, embedded.free_port()) as server, MongoClient[Any](server.uri) as client:
        client.desk.notes.insert_one({"_id": "kept"})
        assert server.process
        first = server.process.pid
    assert not processes.is_alive(first)
    with embedded.mongodb(tmp_path, embedded.free_port()) as server, MongoClient[Any](server.uri) as client:
        assert client.desk.notes.count_documents({"_id": "kept"}) == 1
        assert client.admin.command("hello")["me"] in server.uri


def test_killed_redis_restarts_with_its_data(tmp_path: Path) -> None:
    port = embedded.free_port()
    server = embedded.redis(tmp_path, port).start()
    with redis.Redis.from_url(server.uri) as client:
        client.config_set("appendfsync", "always")
        client.set("hint", "1")
    assert server.process
    server.process.send_signal(signal.SIGKILL)
    server.stop()
    with embedded.redis(tmp_path, port) as again, redis.Redis.from_url(again.uri) as client:
        assert client.get("hint") == b"1"


def test_mongodb_listens_on_this_machine_only(mongodb: embedded.Server) -> None:
    assert mongodb.process
    assert _addresses(mongodb.process.pid) == {"127.0.0.1"}


def test_redis_listens_on_this_machine_only(tmp_path: Path) -> None:
    with embedded.redis(tmp_path, embedded.free_port()) as server:
        assert server.process
        assert _addresses(server.process.pid) == {"127.0.0.1"}


@pytest.mark.parametrize("make", BOTH)
def test_port_used_by_another_program_is_refused(make: MakeServer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        server = make(tmp_path, foreign.getsockname()[1])
        with pytest.raises(embedded.EmbeddedError, match=f"^{server.name} ended"):
            server.start()
        assert server.process
        assert server.process.poll() is not None


def test_other_redis_on_the_port_is_refused(tmp_path: Path) -> None:
    port = embedded.free_port()
    with embedded.redis(tmp_path / "theirs", port), pytest.raises(embedded.EmbeddedError):
        embedded.redis(tmp_path / "ours", port).start()


def test_missing_program_error_names_the_setting_to_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_PROGRAMS", {"redis-server": ("REDIS_URL", ())})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(embedded.EmbeddedError, match="REDIS_URL"):
        embedded.redis(tmp_path, 1)


def test_program_on_the_path_is_used_if_the_wheel_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.touch(mode=0o700)
    monkeypatch.setattr(embedded, "_PROGRAMS", {"redis-server": ("REDIS_URL", (("no_such_wheel", "*"),))})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.redis(tmp_path, 1).command[0] == str(program)


def test_server_that_cannot_start_reports_the_reason(tmp_path: Path) -> None:
    script = "import sys; sys.exit('libcurl.so.4: cannot open shared object file')"
    server = embedded.Server("MongoDB", (sys.executable, "-c", script), "", tmp_path / "log", lambda pid: False)
    with pytest.raises(embedded.EmbeddedError, match=r"libcurl\.so\.4: cannot open"):
        server.start()


def test_server_that_does_not_answer_in_time_is_stopped(tmp_path: Path) -> None:
    asked: list[int] = []

    def not_yet(pid: int) -> bool:
        asked.append(pid)
        return False

    silent = (sys.executable, "-c", "import time; time.sleep(60)")
    server = embedded.Server("Redis", silent, "", tmp_path / "log", not_yet)
    with pytest.raises(embedded.EmbeddedError, match=r"did not answer within 0\.2 s"):
        server.start(seconds=0.2)
    assert not processes.is_alive(asked[0])


def _addresses(pid: int) -> set[str]:
    return {at.laddr.ip for at in psutil.Process(pid).net_connections() if at.status == psutil.CONN_LISTEN}
