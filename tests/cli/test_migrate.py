"""`flask migrate` brings documents of the previous shape to the present one, however often it is killed or repeated."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.actions.operations import law_check, migrate
from dispatch.models import DOCUMENTS, Agent, Answer, Client, Job, Message, Offer, Property, Timer, schema_steps
from dispatch.models.base.record import SCHEMA_VERSION, utc_now
from sandbox.twilio import PretendTwilio
from tests.cli import previous
from tests.cli.conftest import Flask_
from tests.faults.killing import dies_at
from tests.talking import Talk, status

ROOT = Path(__file__).resolve().parents[2]
MINE = "name_1"


@pytest.fixture
def old(twilio: PretendTwilio) -> Iterator[previous.Rows]:
    """A database of the previous version, with an index that operations made, and without one of ours."""
    rows = previous.documents(utc_now())
    for document, each in rows.items():
        if each:
            document.collection().insert_many(each)
    Agent.collection().create_index("name")
    Job.collection().drop_index("code_1")
    yield rows
    Agent.collection().drop_index(MINE)
    Job.ensure_indexes()


def everything() -> dict[str, list[dict[str, Any]]]:
    return {document._get_collection_name(): list(document.collection().find().sort("_id")) for document in DOCUMENTS}


def versions() -> set[int | None]:
    return {row.get("schema_version") for rows in everything().values() for row in rows}


def expected(old: previous.Rows) -> dict[str, list[dict[str, Any]]]:
    """Nothing else than the number is changed."""
    return {
        document._get_collection_name(): sorted(
            ({**row, "schema_version": SCHEMA_VERSION} for row in old[document]), key=lambda row: row["_id"]
        )
        for document in DOCUMENTS
    }


def test_the_previous_shape_becomes_the_present_one_once(old: previous.Rows, flask: Flask_) -> None:
    before, lines = everything(), flask("migrate", "--dry-run").stdout
    assert "messages: 2 of 2 documents to be updated\n" in lines
    assert "jobs: index code_1 to be created\n" in lines
    assert (everything(), "code_1" in Job.collection().index_information()) == (before, False)

    told = flask("migrate")
    assert (told.exit_code, told.stdout) == (0, lines.replace("to be ", ""))
    assert everything() == expected(old)
    for document in DOCUMENTS:
        mine = {MINE} if document is Agent else set()
        assert schema_steps.existing_indexes(document) == schema_steps.wanted_indexes(document) | mine

    again = flask("migrate")
    assert re.findall(r": (\d+) of", again.stdout) == ["0"] * len(DOCUMENTS)
    assert "index" not in again.stdout
    assert everything() == expected(old)


def test_killed_again_and_again_it_goes_on(old: previous.Rows, flask: Flask_, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "BATCH", 1)
    died, seen = 0, set()
    for command in range(4, 400, 9):
        if not dies_at(command, migrate.migrate, False, lambda done: None):
            break
        died += 1
        seen.add(frozenset(versions()))
    assert died >= 5
    assert {None, SCHEMA_VERSION} in seen, "it was never killed half-way"
    assert flask("migrate").exit_code == 0
    assert everything() == expected(old)


def test_the_desk_works_on_before_amid_and_after(old: previous.Rows, twilio: PretendTwilio, flask: Flask_) -> None:
    """A YES to an offer of the previous shape wins, migrated or not."""
    talk = Talk(twilio)
    agent, job = Agent.objects.get(agent_id="agent_old"), Job.objects.get(code="K7F3")
    assert talk.say(agent, "help") == ["help_agent"]
    flask("migrate")
    assert talk.say(agent, "YES") == ["assigned"]
    assert status(job) == ("assigned", agent.id)
    assert versions() == {SCHEMA_VERSION}
    assert law_check.check(timedelta(), days=7).offences == []


def test_old_code_beside_it_is_made_up_for(old: previous.Rows, flask: Flask_) -> None:
    """What a process of the version before writes meanwhile is brought along at the next run."""
    flask("migrate")
    for document, rows in previous.documents(utc_now()).items():
        if rows:  # some kinds of documents are newer than that
            document.collection().insert_one({**rows[0], **UNIQUE.get(document, {})})
    assert versions() == {None, SCHEMA_VERSION}
    flask("migrate")
    assert versions() == {SCHEMA_VERSION}


UNIQUE = {
    document: {name: f"later {name}" for name in names}
    for document, names in {
        Agent: ("agent_id",), Job: ("code",), Message: ("twilio_sid", "key"),
        Answer: ("key",), Client: ("client_id",), Property: ("property_id",),
    }.items()
}  # fmt: skip


def test_documents_of_a_later_version_are_read_worked_on_and_left_in_their_shape(
    old: previous.Rows, twilio: PretendTwilio, flask: Flask_
) -> None:
    """While a rolling upgrade is under way, and after one that was taken back."""
    for document in DOCUMENTS:
        document.collection().update_many({}, {"$set": {"schema_version": SCHEMA_VERSION + 1, "later": {"much": 1}}})
    flask("migrate")
    assert versions() == {SCHEMA_VERSION + 1}
    agent = Agent.objects.get(agent_id="agent_old")
    assert Talk(twilio).say(agent, "YES") == ["assigned"]
    for document in (Agent, Job, Offer, Timer):
        row = document.collection().find_one({"later": {"$exists": True}})
        assert row
        assert row["schema_version"] == SCHEMA_VERSION + 1
        assert document.objects.get(pk=row["_id"])


def test_each_version_has_its_step_and_steps_follow_one_another(
    old: previous.Rows, flask: Flask_, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = {2: {Job: [{"$set": {"title": "$property_details.title"}}, {"$unset": "notes"}]}}
    monkeypatch.setattr(schema_steps, "STEPS", schema_steps.STEPS | later)
    monkeypatch.setattr(schema_steps, "SCHEMA_VERSION", 2)
    flask("migrate")
    assert versions() == {2}
    assert [row["title"] for row in Job.collection().find()] == ["Old House"]


def test_documents_are_made_only_where_the_number_is_written() -> None:
    ways = re.compile(r"upsert=True|insert_one|insert_many|replace_one|\.save\(")
    making = {
        path.name: ways.findall(path.read_text())
        for path in (ROOT / "dispatch").rglob("*.py")
        if ways.search(path.read_text())
    }
    assert making == {
        # with the number:
        "record.py": ["upsert=True", "insert_one", "upsert=True"], "idempotent_answer.py": ["upsert=True"],
        "agent.py": ["insert_one"],  # of a whole document
    }  # fmt: skip
