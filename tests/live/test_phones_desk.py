"""The phones page's routes to the running desk: API calls are forwarded with the key."""

import requests

from tests.bodies import an_agent_body
from tests.live.desk import API_KEY, LiveDesk


def test_page_calls_are_forwarded_to_the_api_with_the_key(desk: LiveDesk) -> None:
    base = f"{desk.twilio.base_url}/desk"
    made = requests.post(f"{base}/api/agents/", json=an_agent_body(name="Zoë"), timeout=5)
    assert (made.status_code, made.json()["name"]) == (201, "Zoë")
    assert made.headers["Location"].endswith(made.json()["id"])
    listed = requests.get(f"{base}/api/agents/", params={"page_size": 1, "status": "active"}, timeout=5)
    assert [agent["id"] for agent in listed.json()] == [made.json()["id"]]
    wrong = requests.post(f"{base}/api/agents/", json={"name": "Zoë"}, timeout=5)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["phone"])
    assert requests.delete(f"{base}/api/agents/{made.json()['id']}", timeout=5).status_code == 204


def test_page_calls_outside_the_api_are_not_found(desk: LiveDesk) -> None:
    base = f"{desk.twilio.base_url}/desk"
    for path in ("health", "docs", "api/../health", "//evil.example.com/api/"):
        assert requests.get(f"{base}/{path}", timeout=5).status_code == 404


def test_page_gets_the_desks_facts_and_queue_lengths(desk: LiveDesk) -> None:
    base = f"{desk.twilio.base_url}/desk"
    facts = requests.get(f"{base}/facts", timeout=5).json()
    assert facts["api"] == desk.base
    assert API_KEY not in str(facts)
    queues = requests.get(f"{base}/queues", timeout=5).json()
    assert {"inbox", "bulk", "replies"} <= set(queues["waiting"])
    assert all(isinstance(length, int) for length in [*queues["waiting"].values(), queues["taken"]])
