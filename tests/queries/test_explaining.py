"""The guard over queries can fail: it finds queries that read too much, and distinguishes the product from tests."""

from typing import Any

import pytest
from bson import ObjectId

from dispatch.models import DOCUMENTS, Job, Message
from dispatch.models.base.record import utc_now
from tests.conftest import Servers
from tests.queries.asking import questions
from tests.queries.completeness import silent, speakers
from tests.queries.crowd import ROWS
from tests.queries.explaining import crowded, explain
from tests.queries.listening import LISTENER, ROOT, Asked

LIST = ["dispatch/api/plumbing/paging.py take, line 30"]
ALL = "reads the whole collection"


@pytest.mark.parametrize(
    ("command", "by", "fault"),
    [
        pytest.param({"find": "jobs", "filter": {"notes": "x"}}, [], ALL, id="a field without an index"),
        pytest.param({"find": "jobs", "filter": {}, "limit": 5}, [], ALL, id="anything"),
        pytest.param({"count": "jobs", "query": {"timezone": "UTC"}}, [], ALL, id="a count"),
        pytest.param({"distinct": "jobs", "key": "notes", "query": {}}, [], ALL, id="distinct values"),
        pytest.param({"aggregate": "jobs", "pipeline": [{"$match": {"notes": "x"}}]}, [], ALL, id="a pipeline"),
        pytest.param({"update": "jobs", "updates": [{"q": {"notes": "x"}, "u": {}}]}, [], ALL, id="an update"),
        pytest.param({"delete": "jobs", "deletes": [{"q": {"notes": "x"}, "limit": 0}]}, [], ALL, id="a deletion"),
        pytest.param({"findAndModify": "jobs", "query": {"notes": "x"}}, [], ALL, id="a take"),
        pytest.param(
            {"find": "jobs", "filter": {"client_id": "c", "notes": "x"}},
            [],
            "reads much for little",
            id="an index that says little",
        ),
        pytest.param(
            {"find": "jobs", "filter": {"notes": "x"}, "sort": {"_id": -1}},
            LIST,
            "reads much for little",
            id="a page for which all there is must be read",
        ),
        pytest.param(
            {"find": "jobs", "filter": {"client_id": "c"}, "sort": {"notes": 1}},
            [],
            "sorts many in memory",
            id="an order without an index",
        ),
        pytest.param({"find": "jobs", "filter": {"_id": ObjectId()}}, [], "", id="one by its id"),
        pytest.param({"find": "jobs", "filter": {"_id": {"$in": []}}}, [], "", id="none"),
        pytest.param({"find": "jobs", "filter": {"client_id": "c"}, "sort": {"_id": -1}}, [], "", id="a history"),
        pytest.param(
            {"find": "jobs", "filter": {"client_id": "c", "notes": "x"}, "sort": {"_id": -1}},
            LIST,
            "",
            id="a page from the history of one",
        ),
        pytest.param({"aggregate": "jobs", "pipeline": [{"$match": {"code": "K7"}}]}, [], "", id="a good pipeline"),
    ],
)
def test_a_query_that_reads_too_much_is_reported(
    servers: Servers, command: dict[str, Any], by: list[str], fault: str
) -> None:
    [question] = questions(command)
    told = explain(Asked(question, by))
    assert told.startswith(fault) if fault else told == ""


@pytest.mark.parametrize(
    ("collection", "index", "where"),
    [
        pytest.param("jobs", "client_id_1__id_-1", {"client_id": "c", "deleted_at": None}, id="a client's jobs"),
        pytest.param("jobs", "agent_1__id_-1", {"agent": ObjectId(), "deleted_at": None}, id="an agent's jobs"),
        pytest.param("jobs", "property_id_1__id_-1", {"property_id": "p", "deleted_at": None}, id="a property's jobs"),
        pytest.param("jobs", "status_1__id_-1", {"status": "assigned", "deleted_at": None}, id="jobs in a state"),
        pytest.param("offers", "job_1__id_-1", {"job": ObjectId()}, id="a job's offers"),
        pytest.param("agents", "status_1__id_-1", {"status": "active", "deleted_at": None}, id="agents of a status"),
        pytest.param("messages", "job_1__id_-1", {"job": ObjectId()}, id="a job's messages"),
        pytest.param("messages", "phone_1__id_-1", {"phone": "+1", "agent": {"$ne": None}}, id="an agent's messages"),
        pytest.param("messages", "client_id_1__id_-1", {"client_id": "c"}, id="a client's messages"),
        pytest.param("messages", "status_1__id_-1", {"status": "read"}, id="messages that got so far"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_filtered_list_without_its_index_is_reported(
    servers: Servers, collection: str, index: str, where: dict[str, Any], order: int
) -> None:
    [question] = questions({"find": collection, "filter": where, "sort": {"_id": order}, "limit": 21})
    asked, rows = Asked(question, LIST), crowded()[collection]
    keys = rows.index_information()[index]["key"]
    assert explain(asked) == ""
    rows.drop_index(index)
    try:
        assert explain(asked)
    finally:
        rows.create_index(keys)


def test_queries_that_differ_only_in_values_count_as_one() -> None:
    """A query is explained once, for any number of runs and any person."""
    asked = [
        repr(question)
        for n in range(3)
        for question in questions(
            {
                "update": "offers",
                "updates": [
                    {
                        "q": {"job": ObjectId(), "agent": {"$in": [ObjectId()] * n}, "closed_at": {"$lt": utc_now()}},
                        "u": {},
                    }
                ]
                * 2,
            }
        )
    ]
    assert (len(asked), len(set(asked))) == (6, 1)


def test_queries_of_the_product_are_distinguished_from_queries_of_tests(stores_clean: Servers) -> None:
    """A query of a new action is reported with the line that makes it."""
    source = "def newly(documents):\n    return documents.objects(text='wanted').first()"
    product: dict[str, Any] = {}
    exec(compile(source, str(ROOT / "dispatch" / "actions" / "newly.py"), "exec"), product)
    LISTENER.known = {known for known in LISTENER.known if "wanted" not in known}
    before = len(LISTENER.fresh)
    Message.objects(text="wanted").first()
    list(Message.objects(text="wanted too"))
    assert len(LISTENER.fresh) == before
    product["newly"](Message)
    caught = LISTENER.fresh.pop()
    assert caught.by == ["dispatch/actions/newly.py newly, line 2"]
    assert explain(caught).startswith(ALL)


def test_functions_without_any_query_are_reported(stores_clean: Servers) -> None:
    source = (
        "class A:\n  def b(self):\n    return A.objects.get()\n  def c(self): ...\ndef d():\n  A.collection().drop()"
    )
    assert list(speakers(source)) == ["A.b", "d"]
    Job.owned_by(ObjectId())
    assert "dispatch/models/job/job.py Job.owned_by" in set(silent(set())) - set(silent(LISTENER.functions()))


def test_every_collection_has_rows_in_the_crowd() -> None:
    """A query on an empty collection has no useful plan."""
    assert {document._get_collection_name() for document in DOCUMENTS} == ROWS.keys()
