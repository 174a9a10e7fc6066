"""`flask migrate` brings old documents to the present schema version, however often it is killed or repeated."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from dispatch.actions.operations import law_check, migrate
from dispatch.models import (
    DOCUMENTS,
    Agent,
    Answer,
    Client,
    Contact,
    Job,
    Message,
    Offer,
    Property,
    schema_steps,
)
from dispatch.models.base.record import SCHEMA_VERSION, utc_now
from sandbox.twilio import PretendTwilio
from tests.cli import previous
from tests.cli.conftest import Flask_
from tests.faults.killing import dies_at
from tests.talking import DirectTalk, status

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
    """Return the documents as they should be: only the version has changed."""
    return {
        document._get_collection_name(): sorted(
            ({**row, "schema_version": SCHEMA_VERSION} for row in old[document]), key=lambda row: row["_id"]
        )
        for document in DOCUMENTS
    }


def test_documents_of_the_previous_version_are_migrated_once(old: previous.Rows, flask: Flask_) -> None:
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


def test_migration_killed_half_way_goes_on(old: previous.Rows, flask: Flask_, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_desk_works_before_and_after_the_migration(old: previous.Rows, twilio: PretendTwilio, flask: Flask_) -> None:
    """A YES to an offer of the previous version wins, migrated or not."""
    talk = DirectTalk(twilio)
    agent, job = Agent.objects.get(agent_id="agent_old"), Job.objects.get(code="K7F3")
    assert talk.say(agent, "help") == ["help_agent"]
    flask("migrate")
    assert talk.say(agent, "YES") == ["assigned"]
    assert status(job) == ("assigned", agent.id)
    assert versions() == {SCHEMA_VERSION}
    assert law_check.check(timedelta(), days=7).offences == []


def test_documents_that_old_code_writes_later_are_migrated_by_the_next_run(old: previous.Rows, flask: Flask_) -> None:
    """A process of the previous version may still be writing after the migration."""
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
        Agent: ("agent_id",),
        Job: ("code",),
        Message: ("twilio_sid", "key"),
        Answer: ("key",),
        Client: ("client_id",),
        Property: ("property_id",),
    }.items()
}


def test_documents_of_a_later_version_are_used_and_keep_their_version(
    old: previous.Rows, twilio: PretendTwilio, flask: Flask_
) -> None:
    """This happens during a rolling upgrade, and after one that was rolled back."""
    for document in DOCUMENTS:
        document.collection().update_many({}, {"$set": {"schema_version": SCHEMA_VERSION + 1, "later": {"much": 1}}})
    flask("migrate")
    assert versions() == {SCHEMA_VERSION + 1}
    agent = Agent.objects.get(agent_id="agent_old")
    assert DirectTalk(twilio).say(agent, "YES") == ["assigned"]
    for document in (Agent, Job, Offer):
        row = document.collection().find_one({"later": {"$exists": True}})
        assert row
        assert row["schema_version"] == SCHEMA_VERSION + 1
        assert document.objects.get(pk=row["_id"])


def test_steps_of_all_versions_run_in_order(old: previous.Rows, flask: Flask_, monkeypatch: pytest.MonkeyPatch) -> None:
    later = {3: {Job: [{"$set": {"title": "$property_details.title"}}, {"$unset": "notes"}]}}
    monkeypatch.setattr(schema_steps, "STEPS", schema_steps.STEPS | later)
    monkeypatch.setattr(schema_steps, "SCHEMA_VERSION", 3)
    flask("migrate")
    assert versions() == {3}
    assert [row["title"] for row in Job.collection().find()] == ["Old House"]


#: A number or an address as version 0.2.0 stored it, and the person's key.
STORED = {
    "+5215512340102": "+525512340102",
    "+552187654321": "+5521987654321",
    "+541158749895": "+5491158749895",
    "+22545123456": "+2250545123456",
    "+22997123456": "+2290197123456",
    "whatsapp:NG.13491208655302": "NG.13491208655302",
    "+2348031234567": "+2348031234567",
    "+5521987654322": "+5521987654322",
}


def test_numbers_as_they_were_written_become_keys(twilio: PretendTwilio, flask: Flask_) -> None:
    version = {"schema_version": 1}
    for document in (Agent, Client, Contact, Message):
        document.collection().insert_many(
            {"phone": phone, "client_id": phone, "agent_id": phone, "key": phone, "twilio_sid": phone, "code": phone}
            | version
            for phone in STORED
        )
    Job.collection().insert_many(
        {"code": phone, "client_details": {"phone": phone, "name": "Zoë"}} | version for phone in STORED
    )
    flask("migrate")
    for document in (Agent, Client, Contact, Message):
        assert [row["phone"] for row in document.collection().find().sort("_id")] == list(STORED.values()), document
    found = [row["client_details"] for row in Job.collection().find().sort("_id")]
    assert found == [{"phone": phone, "name": "Zoë"} for phone in STORED.values()]
    assert versions() == {SCHEMA_VERSION}


def test_two_agents_who_are_one_person_are_named_and_other_documents_are_migrated(
    twilio: PretendTwilio, flask: Flask_
) -> None:
    long_ago, lately = utc_now() - timedelta(days=3), utc_now() - timedelta(days=1)
    numbers = {"+5521987654321": long_ago, "+552187654321": lately, "+2348031234567": lately}
    one, other, third = (ObjectId() for _ in numbers)
    Agent.collection().insert_many(
        {"_id": id_, "agent_id": str(id_), "phone": phone, "present": True, "schema_version": 1}
        for id_, phone in zip((one, other, third), numbers, strict=True)
    )
    Contact.collection().insert_many(
        {"phone": phone, "heard_at": at, "schema_version": 1} for phone, at in numbers.items()
    )
    double = f"agents: {other} is the same person as another one: delete one, and migrate again\n"
    assert double in flask("migrate").stdout
    assert [Agent.get(id_).schema_version for id_ in (one, other, third)] == [SCHEMA_VERSION, 1, SCHEMA_VERSION]
    heard = {contact.phone: contact.heard_at for contact in Contact.objects}
    assert heard == {"+5521987654321": lately, "+2348031234567": lately}
    Agent.remove(one, utc_now())
    assert "same person" not in flask("migrate").stdout
    assert (Agent.get(other).phone, versions()) == ("+5521987654321", {SCHEMA_VERSION})


def test_documents_are_created_only_by_code_that_writes_the_schema_version() -> None:
    ways = re.compile(r"upsert=True|insert_one|insert_many|replace_one|(?<!arrivals)\.save\(")
    making = {
        path.name: ways.findall(path.read_text())
        for path in (ROOT / "dispatch").rglob("*.py")
        if ways.search(path.read_text())
    }
    assert making == {
        "record.py": ["upsert=True", "upsert=True", "insert_one", "upsert=True"],
        "idempotent_answer.py": ["upsert=True"],
        "agent.py": ["insert_one"],  # of a whole document
    }
