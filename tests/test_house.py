"""Guards of the project's conventions: settings, queues, tasks, imports and documents."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from celery_app import app as celery
from config import beat, queues
from dispatch.actions.clock import due
from dispatch.rules.clock.timer_kinds import TIMER_KINDS
from dispatch.rules.outbox.kinds import KINDS, To
from dispatch.wording.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[1]
OURS = [p for room in ("config", "dispatch", "workers", "sandbox") for p in (ROOT / room).rglob("*.py")]


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        pytest.param("celery_app.py", {"config"}, id="celery_app knows config only"),
        pytest.param("wsgi.py", {"dispatch.app"}, id="wsgi knows the app only"),
    ],
)
def test_single_modules_import_little(module: str, allowed: set[str]) -> None:
    rooms = ("config", "dispatch", "workers", "sandbox")
    ours = {name for name in imports(ROOT / module) if name.split(".")[0] in rooms}
    assert all(any(name == room or name.startswith(room + ".") for room in allowed) for name in ours), ours


def test_only_hints_and_tasks_know_the_celery_app() -> None:
    knowing = {path.relative_to(ROOT).as_posix() for path in OURS if "celery_app" in imports(path)}
    assert {name for name in knowing if not name.startswith("workers/")} == {"dispatch/hints/publish.py"}


def test_files_and_functions_are_short() -> None:
    """No file has more than 300 lines, no function more than 40."""
    long_files = {path.name: n for path in OURS if (n := len(path.read_text().splitlines())) > 300}
    long_functions = {
        f"{path.name}:{node.name}": node.end_lineno - node.lineno + 1
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno + 1 > 40
    }
    assert (long_files, long_functions) == ({}, {})


def test_every_module_has_a_docstring() -> None:
    silent = [p.name for p in OURS if p.read_text() and not ast.get_docstring(ast.parse(p.read_text()))]
    assert silent == []


def test_every_folder_lists_its_files() -> None:
    """Each folder's `__init__.py` has one line a file: a name, a colon, and what lives there."""
    missing = []
    for init in (path for path in OURS if path.name == "__init__.py"):
        listing = ast.get_docstring(ast.parse(init.read_text())) or ""
        files = {path.stem for path in init.parent.glob("*.py")} - {"__init__", "__main__"}
        missing += [f"{init.parent.name}/{name}" for name in files if not re.search(rf"(?m)^{name}(\.py)?: ", listing)]
    assert sorted(missing) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "common", "helpers", "helper", "services", "service", "managers", "manager", "misc"}
    assert {path.as_posix() for path in OURS if path.stem in empty or path.parent.name in empty} == set()


def test_only_access_reads_credentials() -> None:
    """Routes, actions and webhooks never read the API key; Twilio's signature is read where its form is."""
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in OURS
        if "dispatch" in path.relative_to(ROOT).parts
        and re.search(r"headers\.get\(\"(X-API-Key|Authorization)", path.read_text())
    }
    assert readers == {"dispatch/access/keys.py"}


def test_every_task_has_a_route_and_every_route_a_task() -> None:
    celery.loader.import_default_modules()
    assert {name for name in celery.tasks if name.startswith("workers.")} == set(queues.ROUTES)
    assert {route["queue"] for route in queues.ROUTES.values()} == set(queues.QUEUES)


def test_every_task_is_named_by_its_module() -> None:
    celery.loader.import_default_modules()
    for name, task in celery.tasks.items():
        if name.startswith("workers."):
            assert name == f"{task.__module__}.{task.run.__name__}"


def test_every_queue_is_consumed_by_a_process_of_the_procfile() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line)
    consumed = {match[1] for match in (re.search(r"-Q (\S+)", command) for command in lines.values()) if match}
    assert {queue for group in consumed for queue in group.split(",")} == set(queues.QUEUES)


def test_every_beat_entry_names_a_task_and_expires() -> None:
    for entry in beat.schedule(5).values():
        assert entry["task"] in queues.ROUTES
        assert entry["options"]["expires"] <= max(entry["schedule"].seconds, 1)


def test_the_longest_eta_is_within_the_visibility_timeout() -> None:
    assert queues.ARMING_HORIZON < queues.VISIBILITY_TIMEOUT / 2


def settings_read() -> set[str]:
    """Return every variable that the settings read, found in the code."""
    source = ast.parse((ROOT / "config/settings.py").read_text())
    calls = (n for n in ast.walk(source) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    return {
        str(call.args[0].value)
        for call in calls
        if call.func.attr in ("str", "int", "float", "bool", "secret")
        and isinstance(call.args[0], ast.Constant)
        and str(call.args[0].value).isupper()
    }  # type: ignore[union-attr]


def test_every_setting_is_documented() -> None:
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    table = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    assert settings_read() == example == table


def test_every_dependency_is_pinned_and_has_a_reason() -> None:
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text()
    for name in ("requirements.in", "requirements-desk.in", "requirements-dev.in"):
        for line in (ROOT / name).read_text().splitlines():
            requirement = re.match(r"([a-z0-9-]+)==", line)
            assert line.startswith(("#", "-r")) or not line or requirement, f"not pinned: {line}"
            assert not requirement or requirement[1] in reasons, f"no reason for {line}"


def test_every_decision_is_numbered_and_the_version_is_one() -> None:
    pages = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "MIT"


def test_architecture_names_every_room_and_fits_on_two_screens() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    product = [path for room in ("dispatch", "workers", "config", "sandbox") for path in _rooms(ROOT / room)]
    missing = {name for name in product if not re.search(rf"(?m)^\s*{re.escape(name)}/ ", page)}
    assert (missing, len(page.splitlines()) <= 130) == (set(), True)


def _rooms(top: Path) -> list[str]:
    """Return the names of a package and of all packages in it."""
    return [path.parent.name for path in top.rglob("__init__.py")]


def test_every_timer_kind_has_an_effect() -> None:
    assert due._EFFECTS.keys() == TIMER_KINDS.keys()


def test_timer_kinds_are_named_by_their_constants_only() -> None:
    """A name in quotes is allowed if it is also the name of a reason or a message."""
    names = TIMER_KINDS.keys() - {"not_taken", "unconfirmed", "not_completed", "nudge"}
    quoted = {
        (path.name, node.value)
        for path in OURS
        if "dispatch" in path.parts and path.name != "timer_kinds.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert quoted == set()


ACTIONS = [path for path in OURS if "actions" in path.parts]


def test_every_message_kind_is_sent_by_some_action_and_has_a_text() -> None:
    code = "".join(path.read_text() for path in ACTIONS)
    derived = {name for name, kind in KINDS.items() if kind.explains or kind.shows_how_to_stop}
    used = derived | {name for name in KINDS if re.search(rf"kinds\.{name.upper()}\b", code)}
    assert used == KINDS.keys() == catalogue("en").texts.keys()


def test_message_kinds_are_named_by_their_constants_only() -> None:
    """A name in quotes is allowed if it is also the name of a state, an act, a reason or a variable."""
    also = {"offer", "taken", "gone", "withdrawn", "assigned", "approved", "released", "declined", "paused", "nudge"}
    names = KINDS.keys() - also - {"taken_at", "opted_out", "ask_back"}
    quoted = {
        (path.name, node.value)
        for path in OURS
        if path.name != "kinds.py" and "sandbox" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert quoted == set()


@pytest.mark.parametrize(("function", "to"), [("to_agent", To.AGENT), ("to_owner", To.AGENT), ("to_client", To.CLIENT)])
def test_actions_draft_each_kind_for_the_people_that_its_row_names(function: str, to: To) -> None:
    code = "".join(path.read_text() for path in ACTIONS)
    drafted = {name.lower() for name in re.findall(rf"drafts\.{function}\(\s*kinds\.(\w+)", code)}
    assert {KINDS[name].to for name in drafted} == {to}
