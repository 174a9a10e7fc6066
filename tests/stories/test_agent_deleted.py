"""An agent is deleted: not while they have a job, and their number can be used by a new agent."""

from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.actions.jobs import claims
from dispatch.models import Agent
from dispatch.models.base.record import utc_now
from tests.faults.interleaving import just_before
from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person
from tests.stories.ways import INTO, assigned, completed, pending


def lets_go(desk: StoryDesk, agent: Person, expect: int = 204) -> Job | None:
    """Delete an agent."""
    return desk.call("DELETE", f"/api/agents/{agent.id}", expect=expect)


@pytest.mark.parametrize("state", ["assigned", "approved", "in_progress"])
def test_agent_with_a_job_is_not_deleted(desk: StoryDesk, ada: Person, bisi: Person, state: str) -> None:
    job = INTO[state](desk, ada)
    answer = lets_go(desk, ada, expect=409)
    assert answer["errors"] == {"jobs": [job["id"]]}
    assert desk.call("GET", f"/api/agents/{ada.id}")["status"] == "active"
    assert desk.attention(job) is None
    desk.does("release", job)
    lets_go(desk, ada)


def test_deleted_agent_is_not_found_not_listed_and_gets_no_offer(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    lets_go(desk, ada)
    assert desk.offers(job) == {(1, ada.phone): "closed", (1, bisi.phone): "open"}
    desk.call("GET", f"/api/agents/{ada.id}", expect=404)
    desk.call("PUT", f"/api/agents/{ada.id}", {"name": "Ada", "phone": ada.phone}, expect=404)
    desk.call("DELETE", f"/api/agents/{ada.id}", expect=404)
    assert [row["id"] for row in desk.call("GET", "/api/agents/")] == [bisi.id]
    assert desk.call("GET", "/api/agents/?status=inactive") == []
    desk.asks()
    assert (desk.news(ada), desk.news(bisi)) == ([], ["offer"])


def test_message_of_a_deleted_agent_is_answered_as_a_strangers(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    lets_go(desk, ada)
    assert desk.says(ada, f"YES {job['code']}") == ["stranger_reply"]
    assert desk.stands(job) == ("pending", None)


def test_yes_that_crosses_with_the_deletion_takes_nothing(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        lets_go(desk, ada)
    assert desk.stands(job) == ("pending", None)
    assert desk.offers(job)[1, ada.phone] == "closed"


@pytest.mark.parametrize("when", ["before they are gone", "when they are gone"])
def test_job_assigned_at_the_moment_of_the_deletion_is_offered_to_the_others(
    desk: StoryDesk, ada: Person, bisi: Person, when: str
) -> None:
    """The settling task has read an active agent, and the platform an agent without a job."""
    job = pending(desk, ada)

    def settles() -> None:
        claims.settle(ObjectId(job["id"]), utc_now() + timedelta(seconds=2))

    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        if when == "before they are gone":
            with just_before("findAndModify", "agents", settles):
                lets_go(desk, ada)
        else:
            with just_before("findAndModify", "jobs", lambda: lets_go(desk, ada)):
                settles()
    assert desk.stands(job) == ("pending", None)
    assert (desk.offers(job)[1, bisi.phone], desk.offers(job)[2, bisi.phone]) == ("taken", "open")
    assert desk.attention(job) is None
    assert desk.says(bisi, f"YES {job['code']}") == ["assigned"]


def test_job_of_a_deleted_agent_can_be_released_by_the_platform(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    """The call names the number that the job shows, and can be repeated."""
    job = assigned(desk, ada)
    Agent.collection().update_one({"_id": ObjectId(ada.id)}, {"$set": {"present": False, "status": "inactive"}})
    for _ in range(2):
        assert desk.does("release", job, agent_phone=ada.phone)["status"] == "pending"
    assert desk.news(bisi) == ["offer"]


def test_history_of_a_deleted_agent_is_kept(desk: StoryDesk, ada: Person) -> None:
    job = completed(desk, ada)
    lets_go(desk, ada)
    assert desk.stands(job) == ("completed", ada.phone)
    assert ada.phone in [event["agent_phone"] for event in desk.call("GET", f"/api/jobs/{job['id']}/timeline")]
    assert desk.offers(job) == {(1, ada.phone): "won"}
    assert len(desk.call("GET", f"/api/messages/?agent_phone={ada.phone}".replace("+", "%2B"))) == 9


def test_new_agent_with_the_number_of_a_deleted_one_has_none_of_their_jobs(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    """The new agent has none of the old agent's offers and jobs, and can take a job offered to them."""
    old, open_ = completed(desk, ada), pending(desk, ada)
    lets_go(desk, ada)
    chidi = desk.hires("Chidi", phone=ada.phone)
    assert chidi.id != ada.id
    assert desk.news(chidi) == ["offer"]
    assert desk.call("GET", f"/api/jobs/agent/{chidi.phone}/jobs") == []
    assert desk.says(chidi, f"COMPLETE {old['code']}") == ["ask_back_none"]
    assert desk.says(chidi, f"YES {open_['code']}") == ["assigned"]
    assert desk.call("GET", f"/api/agents/{chidi.id}")["name"] == "Chidi"
    assert [row["id"] for row in desk.call("GET", f"/api/jobs/agent/{chidi.phone}/jobs")] == [open_["id"]]


def test_agent_id_of_a_deleted_agent_can_be_used_again(desk: StoryDesk) -> None:
    first = desk.hires("Ada", agent_id="agent_7")
    lets_go(desk, first)
    second = desk.hires("Bisi", agent_id="agent_7")
    assert desk.call("GET", "/api/agents/agent_7")["id"] == second.id


def test_yes_of_a_new_agent_to_the_deleted_agents_offer_takes_nothing(desk: StoryDesk, ada: Person) -> None:
    """Nothing was offered to the new agent yet; messages to the old agent do not count."""
    job = pending(desk, ada)
    lets_go(desk, ada)
    chidi = desk.hires("Chidi", phone=ada.phone, status="inactive")
    assert desk.says(chidi, f"YES {job['code']}") == ["ask_back_none"]
    assert desk.says(chidi, "YES") == ["ask_back_none"]
    assert desk.stands(job) == ("pending", None)


def test_opt_out_of_a_deleted_agent_applies_to_the_next_with_their_number_until_start(
    desk: StoryDesk, ada: Person
) -> None:
    desk.says(ada, "STOP")
    lets_go(desk, ada)
    chidi = desk.hires("Chidi", phone=ada.phone)
    desk.asks()
    assert desk.news(chidi) == []
    assert desk.call("GET", f"/api/agents/{chidi.id}")["opted_out"] is True
    assert desk.says(chidi, "START") == ["resumed", "offer"]


def test_deleting_an_unknown_agent_is_404(desk: StoryDesk) -> None:
    desk.call("DELETE", "/api/agents/nobody", expect=404)
