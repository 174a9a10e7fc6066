"""The deployment files keep step with the code: the image, the services of compose, and the operators' document."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import gunicorn_conf
from config import queues
from config.settings import EXAMPLE_SECRETS
from dispatch import redis_client
from dispatch.channels.whatsapp import client

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
DOCUMENT = (ROOT / "docs/operations.md").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
STORES = {"redis", "mongodb"}
#: Who may be reached from outside of compose's own network.
PUBLISHED = {"web", "flower"}
#: What a container puts elsewhere than the Procfile does: (there, here).
MOVED = {
    "beat": [("${DATA_DIR:-.data}", "/tmp")],
    "flower": [("--address=127.0.0.1", "--address=0.0.0.0"), ("--port=${FLOWER_PORT:-5555}", "--port=5555")],
}
REQUIRED = {
    "API_KEY",
    "SECRET_KEY",
    "PUBLIC_BASE_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_WHATSAPP_NUMBER",
}
SECRET = re.compile(r"KEY|SECRET|TOKEN|SID|PASSWORD|AUTH")
every_service = pytest.mark.parametrize("name", SERVICES)
every_process = pytest.mark.parametrize("name", PROCFILE)


def seconds(duration: str) -> int:
    """The seconds of a duration such as 90s."""
    found = re.fullmatch(r"(\d+)s", duration)
    assert found, duration
    return int(found[1])


def test_compose_runs_every_process_and_the_stores() -> None:
    assert set(SERVICES) == set(PROCFILE) | STORES


@every_process
def test_compose_runs_what_the_procfile_runs(name: str) -> None:
    command = PROCFILE[name]
    for there, here in MOVED.get(name, []):
        assert there in command
        command = command.replace(there, here)
    assert SERVICES[name]["command"] == command


@pytest.mark.parametrize("name", queues.WORKERS)
def test_a_worker_of_compose_consumes_its_queues(name: str) -> None:
    words = SERVICES[name]["command"].split()
    assert words[words.index("-Q") + 1].split(",") == list(queues.WORKERS[name])
    assert SERVICES[name]["healthcheck"]["test"][1].endswith(f" -d {name}@$$(hostname)")


def test_nothing_that_takes_long_shares_a_worker_with_what_somebody_waits_for() -> None:
    waited_for, long = {"inbox", "assignment", "reminders", "sweeps", "replies"}, {"broadcasting", "bulk", "lookups"}
    assert [name for name, mine in queues.WORKERS.items() if waited_for & set(mine) and long & set(mine)] == []
    assert waited_for | long == set(queues.QUEUES)
    assert {"inbox", "assignment"} & set(queues.WORKERS["clock"]) == set()  # a crowd of replies would let sweeps expire


@every_service
def test_every_service_is_watched_restarted_and_given_time(name: str) -> None:
    service = SERVICES[name]
    health = service["healthcheck"]
    assert health["test"][0] in ("CMD", "CMD-SHELL")
    assert seconds(health["timeout"]) > 0
    assert service["restart"] == "unless-stopped"
    assert seconds(service["stop_grace_period"]) > 10  # Docker's own, which nobody thought about
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])


@every_process
def test_a_process_waits_for_the_stores(name: str) -> None:
    waits = {store: how["condition"] for store, how in SERVICES[name]["depends_on"].items()}
    assert waits == dict.fromkeys(STORES, "service_healthy")


@pytest.mark.parametrize("name", queues.WORKERS)
def test_a_worker_may_finish_its_longest_task(name: str) -> None:
    """One chunk, its last POST begun at the end of its budget and at its time-out; then 5 s to hand ETA tasks back."""
    longest = queues.SEND_BUDGET + sum(client.TIMEOUT) + redis_client.REDIS_SECONDS
    assert seconds(SERVICES[name]["stop_grace_period"]) > longest + 5


def test_the_api_may_finish_its_requests() -> None:
    assert seconds(SERVICES["web"]["stop_grace_period"]) > gunicorn_conf.graceful_timeout + 5


@every_service
def test_a_service_publishes_on_this_machine_only(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert bool(ports) == (name in PUBLISHED)
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert SERVICES[name].get("network_mode") is None


@every_process
def test_a_process_is_of_the_one_image_and_may_write_nothing(name: str) -> None:
    service = SERVICES[name]
    assert (service["image"], service["build"]) == ("dispatch:${DISPATCH_TAG:-latest}", ".")
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


@every_process
def test_what_must_be_set_is_asked_for(name: str) -> None:
    environment = SERVICES[name]["environment"]
    asked = {variable for variable, value in environment.items() if value.startswith(f"${{{variable}:?")}
    assert asked == REQUIRED | ({"FLOWER_BASIC_AUTH"} if name == "flower" else set())
    assert all(not SECRET.search(variable) or variable in asked for variable in environment)
    assert SERVICES[name]["env_file"] == ".env"


@pytest.mark.parametrize("text", [pytest.param(COMPOSE, id="compose"), pytest.param(DOCKERFILE, id="Dockerfile")])
def test_no_secret_stands_in_the_files(text: str) -> None:
    for variable, value in re.findall(r"\b([A-Z][A-Z_]*)\s*[:=]\s*(\S*)", text):
        assert not SECRET.search(variable) or value.startswith("${"), f"{variable} has a value"
    assert not any(example in text for example in EXAMPLE_SECRETS)
    assert not re.search(r"\b[0-9A-Za-z_+]{24,}\b|\b(?:AC|SK)[0-9a-f]{32}|://[^/\s]*:[^/\s]*@", text)


def test_redis_keeps_what_it_was_given() -> None:
    command = SERVICES["redis"]["command"]
    assert re.fullmatch(r"redis:\d+\.\d+-\w+", SERVICES["redis"]["image"])
    assert re.search(r"--appendonly yes\b.* --maxmemory-policy noeviction\b", command)
    assert "--maxmemory " not in command
    assert "redis:/data" in SERVICES["redis"]["volumes"]


def test_mongodb_is_a_replica_set() -> None:
    service = SERVICES["mongodb"]
    assert re.fullmatch(r"mongo:7\.\d+-\w+", service["image"])
    assert "--replSet rs0" in service["command"]
    assert "mongodb:/data/db" in service["volumes"]
    assert 'rs.initiate({_id: "rs0", members: [{_id: 0, host: "mongodb:27017"}]})' in service["healthcheck"]["test"][-1]
    assert all(SERVICES[name]["environment"]["MONGODB_URI"].endswith("/?replicaSet=rs0}") for name in PROCFILE)


def instructions(name: str) -> list[str]:
    """The arguments of this instruction of the Dockerfile, in order."""
    return re.findall(rf"^{name} (.+)", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)


def test_the_image_is_pinned_and_no_root() -> None:
    assert all(re.match(r"python:3\.\d+-slim-[a-z]+( AS |$)", base) for base in instructions("FROM"))
    assert instructions("USER") == ["10001:10001"]
    after = DOCKERFILE.split("\nUSER ")[1]
    assert not re.search(r"^(RUN|COPY|ADD|USER) ", after, re.MULTILINE)


def test_the_image_serves_the_api_and_writes_its_logs_at_once() -> None:
    assert ast.literal_eval(instructions("CMD")[0]) == PROCFILE["web"].split()
    assert "PYTHONUNBUFFERED=1" in " ".join(instructions("ENV"))


def test_the_image_holds_what_runs_and_nothing_else() -> None:
    copied = {
        source for arguments in instructions("COPY") if "--from" not in arguments for source in arguments.split()[:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in ignored if line and not line.startswith("#")]
    assert copied == {"requirements.txt", "celery_app.py", "wsgi.py", "config", "dispatch", "workers"}
    assert patterns[0] == "*"
    assert {pattern[1:] for pattern in patterns if pattern.startswith("!")} == copied
    assert instructions("ADD") == []
    assert "requirements-dev" not in DOCKERFILE


def log_calls() -> Iterator[tuple[str, str]]:
    """Every event that the product logs with its levels, such as ("message failed", "error warning")."""
    for path in (path for room in ("dispatch", "workers") for path in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if not isinstance(node.func.value, ast.Name) or node.func.value.id not in ("log", "logger", "logging"):
                continue
            level, event = ([node.func.attr], node.args[0]) if node.func.attr != "log" else levels(node)
            assert isinstance(event, ast.Constant), f"{path}: an event is a literal"
            yield str(event.value), " ".join(level)


def levels(node: ast.Call) -> tuple[list[str], ast.expr]:
    """The levels that a `log.log(level, event)` may take, and its event."""
    named = [
        part.attr.lower()
        for part in ast.walk(node.args[0])
        if isinstance(part, ast.Attribute) and part.attr in ("INFO", "WARNING", "ERROR")
    ]
    return sorted(named), node.args[1]


def test_every_log_event_is_explained_and_no_other() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| ((?:debug|info|warning|error|critical)[^|]*) \| [^|]+ \| [^|]+ \|$", DOCUMENT, re.MULTILINE
    )
    told = {(event, " ".join(sorted(re.findall(r"\w+", level.replace(" or ", " "))))) for event, level in rows}
    assert set(log_calls()) == told
    assert len(rows) == len(told)


def test_every_log_is_written_by_the_name_that_this_test_knows() -> None:
    for path in (path for room in ("dispatch", "workers") for path in (ROOT / room).rglob("*.py")):
        assert not re.search(r"^(?!log = ).*get_?[lL]ogger\(", path.read_text(), re.MULTILINE), path


def test_the_document_names_real_things() -> None:
    queue_names = re.search(r"for queue in ([a-z ]+);", DOCUMENT)
    assert queue_names
    assert set(queue_names[1].split()) == set(queues.QUEUES)
    settings = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), re.MULTILINE))
    of_deployment = {"WEB_CONCURRENCY", "FLOWER_BASIC_AUTH", "DISPATCH_TAG"}
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)", DOCUMENT))
    assert named <= settings | of_deployment, named - settings
    assert of_deployment <= named
