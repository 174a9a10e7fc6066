"""Every list, with every combination of its filters and both orders: each page is read from an index."""

from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.models import Job
from dispatch.models.base.record import utc_now
from tests.builders import a_job, an_agent

ABSENT = None


@pytest.fixture
def filters() -> dict[str, list[Any]]:
    """Return values for each parameter of a list, of existing rows."""
    agent, job = an_agent(), a_job()
    Job.collection().update_one({"_id": job.id}, {"$set": {"agent": agent.id}})
    return {
        "job_id": [str(job.id)],
        "agent_phone": [agent.phone],
        "client_id": [job.client_id],
        "property_id": [job.property_id],
        "updated_since": [utc_now().isoformat()],
        "attention": ["true", "false", "needs_answer"],
        "needs_answer": ["true", "false"],
        "direction": ["inbound"],
        "sort": ["created_at"],
        "after": [str(job.id)],
    }


def test_every_page_of_every_list_is_read_from_an_index(api: FlaskClient, filters: dict[str, list[Any]]) -> None:
    """The requests are enough: `every_query_is_explained` fails for a bad query."""
    lists = lists_of(api)
    assert {"/api/jobs/", "/api/agents/", "/api/messages/"} <= lists.keys()
    for path, parameters in lists.items():
        named = {p["name"]: filters.get(p["name"]) or p["schema"]["enum"][:1] for p in parameters if p["in"] == "query"}
        where = path.format(**{name: values[0] for name, values in filters.items()})
        for chosen in product(*([ABSENT, *values] for values in named.values())):
            query = {name: value for name, value in zip(named, chosen, strict=True) if value is not ABSENT}
            assert api.get(where, query_string=query).status_code == 200, (where, query)


def lists_of(api: FlaskClient) -> dict[str, list[dict[str, Any]]]:
    """Return the documented lists, with their parameters except those of the page."""
    lists = {}
    for path, methods in api.get("/openapi.json").json["paths"].items():
        parameters = [*methods.get("parameters", ()), *methods.get("get", {}).get("parameters", ())]
        if any(parameter["name"] == "page" for parameter in parameters):
            lists[path] = [each for each in parameters if each["name"] not in ("page", "page_size")]
    return lists
