"""An agent's status changes while work about them runs: their final status decides."""

from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.actions import drafts as actions_drafts
from dispatch.actions.offers import rounds
from dispatch.actions.people import decisions
from dispatch.models import Agent
from dispatch.models.base.record import utc_now
from tests.faults.interleaving import just_before
from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person
from tests.stories.ways import assigned, away, pending

AN_OFFER_IS_WRITTEN = ("update", "offers")


def becomes(desk: StoryDesk, agent: Person, status: str) -> None:
    """Replace an agent during other work, without running the tasks that this enqueues."""
    desk.api.put(f"/api/agents/{agent.id}", json={"name": agent.name, "phone": agent.phone, "status": status})


def test_agent_suspended_just_before_their_offer_is_made_has_no_offer(desk: StoryDesk, ada: Person) -> None:
    with just_before(*AN_OFFER_IS_WRITTEN, lambda: becomes(desk, ada, "suspended")):
        job = desk.asks()
    assert desk.told(ada) == []
    assert desk.offers(job) == {(1, ada.phone): "closed"}
    assert desk.attention(job) == "no_agent"


def test_agent_suspended_before_the_broadcast_dies_has_no_offer_in_the_end(
    desk: StoryDesk, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The offer is made, and the check whether the agent is still active has not run."""

    def dies(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as deadly, just_before(*AN_OFFER_IS_WRITTEN, lambda: becomes(desk, ada, "suspended")):
        deadly.setattr(actions_drafts, "save_and_send", dies)
        with pytest.raises(SystemExit):
            desk.asks()
    job = desk.call("GET", "/api/jobs/")[0]
    assert desk.offers(job) == {(1, ada.phone): "open"}
    desk.wait(minutes=1)
    desk.sweep()
    assert desk.offers(job) == {(1, ada.phone): "closed"}
    assert desk.attention(job) == "no_agent"


def test_held_job_is_offered_to_the_others_when_its_agent_is_suspended_just_before(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    assigned(desk, ada, **SAME)
    with just_before(*AN_OFFER_IS_WRITTEN, lambda: becomes(desk, ada, "suspended")):
        job = another(desk)
    assert desk.offers(job) == {(1, ada.phone): "closed", (1, bisi.phone): "open"}
    assert desk.news(ada) == []
    desk.says(bisi, "NO")
    assert desk.attention(job) == "no_agent"


@pytest.mark.parametrize("whose", ["first", "last"])
def test_agent_suspended_during_a_long_broadcast_has_no_offer_and_the_others_have(
    desk: StoryDesk, ada: Person, bisi: Person, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent offered first leaves, so for a moment none is left. Or the last one leaves before their offer."""
    save_and_send, told = actions_drafts.save_and_send, []

    def tell_and_suspend(drafts: list[actions_drafts.Draft], now: object) -> None:
        save_and_send(drafts, now)
        if not told:
            told.append(next(person for person in (ada, bisi) if person.phone == drafts[0]["phone"]))
            becomes(desk, told[0] if whose == "first" else {ada: bisi, bisi: ada}[told[0]], "suspended")

    monkeypatch.setattr(rounds, "CHUNK", 1)
    monkeypatch.setattr(actions_drafts, "save_and_send", tell_and_suspend)
    job = desk.asks()
    monkeypatch.setattr(actions_drafts, "save_and_send", save_and_send)
    gone, there = (ada, bisi) if (told[0] is ada) is (whose == "first") else (bisi, ada)
    assert desk.offers(job).get((1, gone.phone)) in (None, "closed")
    assert desk.offers(job)[1, there.phone] == "open"
    assert desk.attention(job) is None
    desk.says(there, "NO")
    assert desk.attention(job) == "no_agent"
    desk.says(gone, f"YES {job['code']}")
    assert desk.stands(job) == ("pending", None)


@pytest.mark.parametrize("how", ["inactive", "STOP"])
def test_agent_made_inactive_while_they_are_offered_waiting_jobs_keeps_no_offer(
    desk: StoryDesk, ada: Person, how: str
) -> None:
    desk.changes(ada, status="inactive")
    jobs = [desk.asks(), desk.asks()]

    def goes() -> None:
        if how == "STOP":
            decisions.opt_out(ada.phone, utc_now())
        else:
            becomes(desk, ada, how)

    with just_before(*AN_OFFER_IS_WRITTEN, goes):
        desk.changes(ada, status="active")
    desk.wait(minutes=2)
    desk.sweep()
    for job in jobs:
        assert set(desk.offers(job).values()) <= {"closed"}
        assert desk.attention(job) == "no_agent"


def test_agent_made_active_while_their_offers_are_closed_has_open_offers(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)

    def comes_back() -> None:
        becomes(desk, ada, "active")
        desk.work()

    with just_before(*AN_OFFER_IS_WRITTEN, comes_back):
        desk.changes(ada, status="inactive")
    desk.wait(minutes=2)
    desk.sweep()
    assert desk.offers(job) == {(1, ada.phone): "open"}
    assert desk.attention(job) is None
    assert desk.says(ada, "YES") == ["assigned"]


def test_follow_up_delayed_beyond_its_lease_does_not_overwrite_a_later_one(desk: StoryDesk, ada: Person) -> None:
    desk.changes(ada, status="inactive")
    job = desk.asks()

    def it_is_held_up() -> None:
        desk.clock.turn_to(desk.clock.now() + timedelta(minutes=1))
        becomes(desk, ada, "suspended")  # another worker does all of its follow-up work

    with just_before(*AN_OFFER_IS_WRITTEN, it_is_held_up):
        desk.changes(ada, status="active")
    assert set(desk.offers(job).values()) <= {"closed"}
    assert desk.attention(job) == "no_agent"


def test_claim_of_an_agent_just_suspended_ends_the_hold(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    """The suspension is written, and its follow-up work is not done yet."""
    assigned(desk, ada, **SAME)
    job = another(desk)
    with desk.at_once():
        desk.says(ada, f"YES {job['code']}")
        desk.work("inbox")
        just_now = {"status": "suspended", "follow_up_at": utc_now()}
        Agent.collection().update_one({"_id": ObjectId(ada.id)}, {"$set": just_now})
        desk.clock.turn_to(desk.clock.now() + timedelta(seconds=2))
        desk.work("assignment")
    desk.sweep()
    assert desk.offers(job) == {(1, ada.phone): "closed", (1, bisi.phone): "open"}
    assert desk.attention(job) is None


def test_status_set_by_the_platform_during_an_opt_out_is_kept(desk: StoryDesk, ada: Person) -> None:
    away(desk, ada, "STOP")
    desk.changes(ada, status="inactive")
    assert desk.says(ada, "START") == ["resumed"]
    assert desk.call("GET", f"/api/agents/{ada.id}")["status"] == "inactive"
