"""An agent comes or goes in the midst of work about them: how they stand in the end has the last word."""

from datetime import timedelta

import pytest
from bson import ObjectId

from dispatch.actions import drafts as actions_drafts
from dispatch.actions.offers import rounds
from dispatch.actions.people import agents
from dispatch.models import Agent
from dispatch.models.base.record import utc_now
from tests.faults.interleaving import just_before
from tests.stories.desk import Desk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person
from tests.stories.ways import assigned, away, pending

AN_OFFER_IS_WRITTEN = ("update", "offers")


def becomes(desk: Desk, agent: Person, status: str) -> None:
    """Replace an agent amid somebody else's work, without doing what that hints at."""
    desk.api.put(f"/api/agents/{agent.id}", json={"name": agent.name, "phone": agent.phone, "status": status})


def test_suspended_just_before_their_offer_is_made_they_have_none(desk: Desk, ada: Person) -> None:
    with just_before(*AN_OFFER_IS_WRITTEN, lambda: becomes(desk, ada, "suspended")):
        job = desk.asks()
    assert desk.told(ada) == []
    assert desk.offers(job) == {(1, ada.phone): "closed"}
    assert desk.attention(job) == "no_agent"


def test_suspended_before_a_follower_dies_they_have_no_offer_in_the_end(
    desk: Desk, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The offer is made, and nobody has looked again whether they are still there."""

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


def test_suspended_just_before_what_is_held_for_them_is_offered_the_others_are_asked(
    desk: Desk, ada: Person, bisi: Person
) -> None:
    assigned(desk, ada, **SAME)
    with just_before(*AN_OFFER_IS_WRITTEN, lambda: becomes(desk, ada, "suspended")):
        job = another(desk)
    assert desk.offers(job) == {(1, ada.phone): "closed", (1, bisi.phone): "open"}
    assert desk.news(ada) == []
    desk.says(bisi, "NO")
    assert desk.attention(job) == "no_agent"


@pytest.mark.parametrize("whose", ["first", "last"])
def test_suspended_amid_a_long_round_they_have_no_offer_and_the_others_do(
    desk: Desk, ada: Person, bisi: Person, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is offered it first goes: for a moment, nobody is left. Or the last one does, before it is offered."""
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
def test_away_again_while_they_are_offered_what_waits(desk: Desk, ada: Person, how: str) -> None:
    desk.changes(ada, status="inactive")
    jobs = [desk.asks(), desk.asks()]

    def goes() -> None:
        if how == "STOP":
            agents.opt_out(Agent.must_get(ObjectId(ada.id)), utc_now())
        else:
            becomes(desk, ada, how)

    with just_before(*AN_OFFER_IS_WRITTEN, goes):
        desk.changes(ada, status="active")
    desk.wait(minutes=2)
    desk.sweep()
    for job in jobs:
        assert set(desk.offers(job).values()) <= {"closed"}
        assert desk.attention(job) == "no_agent"


def test_back_again_while_their_offers_are_closed(desk: Desk, ada: Person) -> None:
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


def test_a_follower_that_was_away_for_longer_than_its_lease_has_not_the_last_word(desk: Desk, ada: Person) -> None:
    desk.changes(ada, status="inactive")
    job = desk.asks()

    def it_is_held_up() -> None:
        desk.clock.turn_to(desk.clock.now() + timedelta(minutes=1))
        becomes(desk, ada, "suspended")  # followed by another one, to its end

    with just_before(*AN_OFFER_IS_WRITTEN, it_is_held_up):
        desk.changes(ada, status="active")
    assert set(desk.offers(job).values()) <= {"closed"}
    assert desk.attention(job) == "no_agent"


def test_a_claim_of_who_has_just_been_suspended_ends_the_hold(desk: Desk, ada: Person, bisi: Person) -> None:
    """The platform has written that they are, and what follows from it is not done yet."""
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


def test_what_the_platform_decides_amid_their_silence_stands(desk: Desk, ada: Person) -> None:
    away(desk, ada, "STOP")
    desk.changes(ada, status="inactive")
    assert desk.says(ada, "START") == ["resumed"]
    assert desk.call("GET", f"/api/agents/{ada.id}")["status"] == "inactive"
