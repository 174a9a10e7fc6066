"""Nobody to offer a job to: operations are told, and the first agent who comes is offered it."""

import pytest
from bson import ObjectId

from dispatch.models import Offer
from tests.office import Office
from tests.stories.desk import Desk
from tests.stories.people import Person, client_of
from tests.stories.ways import INTO, assigned, away, pending


def test_without_any_agent_operations_are_told(desk: Desk, office: Office) -> None:
    job = desk.asks()
    assert desk.attention(job) == "no_agent"
    assert desk.timeline(job) == ["opened", "attention"]
    [alarm] = office.alarms
    assert alarm == {
        "event": "job_needs_attention", "reason": "no_agent", "job_id": job["id"], "code": job["code"],
        "text": f"Inspection {job['code']} needs attention: no agent is left to offer it to; "
        "other jobs may be affected, see GET /api/jobs/?attention=true.",
    }  # fmt: skip


def test_who_comes_first_is_offered_it_at_once(desk: Desk, office: Office) -> None:
    job = desk.asks()
    ada = desk.hires("Ada")
    assert desk.news(ada) == ["offer"]
    assert desk.attention(job) is None
    assert desk.says(ada, "YES") == ["assigned"]
    assert office.reasons() == ["no_agent"]


@pytest.mark.parametrize("standing", ["inactive", "suspended"])
def test_who_is_made_active_is_offered_it_at_once(desk: Desk, standing: str) -> None:
    ada = desk.hires("Ada", status=standing)
    job = desk.asks()
    assert desk.attention(job) == "no_agent"
    desk.changes(ada, status="active")
    assert desk.news(ada) == ["offer"]
    assert desk.attention(job) is None


@pytest.mark.parametrize("said", ["START", "resume"])
def test_who_asks_to_hear_from_us_again_is_offered_it_at_once(desk: Desk, ada: Person, said: str) -> None:
    desk.says(ada, "STOP")
    job = desk.asks()
    assert desk.attention(job) == "no_agent"
    assert desk.says(ada, said) == ["resumed", "offer"]
    assert desk.attention(job) is None


def test_who_is_suspended_and_says_start_is_not(desk: Desk) -> None:
    ada = desk.hires("Ada", status="suspended")
    job = desk.asks()
    desk.says(ada, "STOP")
    assert desk.says(ada, "START") == ["resumed"]
    assert desk.attention(job) == "no_agent"


def test_everybody_who_comes_is_offered_all_that_waits(desk: Desk) -> None:
    jobs = [desk.asks("3d"), desk.asks("2d"), desk.asks("4d")]
    ada, bisi = desk.hires("Ada"), desk.hires("Bisi")
    assert desk.news(ada) == desk.news(bisi) == ["offer"] * 3
    assert all(set(desk.offers(job).values()) == {"open"} for job in jobs)


def test_what_is_not_pending_is_not_offered_to_who_comes(desk: Desk, ada: Person) -> None:
    for state in ("assigned", "completed", "cancelled"):
        INTO[state](desk, ada)
    assert desk.told(desk.hires("Bisi")) == []


def test_whoever_comes_back_is_offered_again_what_they_had_not_answered(desk: Desk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.changes(ada, status="inactive")
    assert desk.offers(job)[1, ada.phone] == "closed"
    desk.changes(ada, status="active")
    assert desk.news(ada) == ["offer"]
    assert desk.offers(job)[1, ada.phone] == "open"
    assert desk.says(ada, "YES") == ["assigned"]


def test_and_not_what_they_passed_on(desk: Desk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.changes(ada, status="inactive")
    desk.changes(ada, status="active")
    assert desk.news(ada) == []
    assert desk.offers(job)[1, ada.phone] == "declined"


def test_when_everybody_has_passed_operations_are_told(desk: Desk, office: Office, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    assert (desk.attention(job), office.reasons()) == (None, [])
    desk.says(bisi, "NO")
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])
    chidi = desk.hires("Chidi")
    assert desk.says(chidi, "YES") == ["assigned"]
    assert desk.attention(job) is None


@pytest.mark.parametrize("standing", ["inactive", "suspended", "STOP"])
def test_when_the_last_one_asked_goes_away_operations_are_told(
    desk: Desk, office: Office, ada: Person, bisi: Person, standing: str
) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    away(desk, bisi, standing)
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])


def test_when_the_last_one_asked_is_deleted_operations_are_told(desk: Desk, office: Office, ada: Person) -> None:
    job = pending(desk, ada)
    desk.call("DELETE", f"/api/agents/{ada.id}", expect=204)
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])


def test_when_the_last_one_who_can_take_it_back_has_given_it_back(desk: Desk, office: Office, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.says(ada, "RELEASE")
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])


def test_a_claim_of_who_is_suspended_meanwhile_does_not_count(desk: Desk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        desk.changes(ada, status="suspended")
        desk.says(bisi, "YES")
    assert desk.stands(job) == ("assigned", bisi.phone)
    assert desk.offers(job)[1, ada.phone] == "closed"


def test_the_only_claim_of_who_is_suspended_meanwhile_leaves_nobody(desk: Desk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        desk.changes(ada, status="suspended")
    assert desk.stands(job) == ("pending", None)
    assert desk.attention(job) == "no_agent"


def test_moved_with_nobody_there_it_stays_on_operations_list(desk: Desk) -> None:
    job = desk.asks()
    desk.moves(job, "51h")
    assert desk.attention(job) == "no_agent"
    assert desk.told(desk.hires("Ada")) == ["offer"]


@pytest.mark.parametrize("way", ["cancel", "expiry"])
def test_once_it_is_over_nobody_need_look_at_it(desk: Desk, way: str) -> None:
    job = desk.asks()
    desk.does("cancel", job) if way == "cancel" else desk.wait_for(job, "expiry")
    assert desk.attention(job) is None
    assert desk.told(client_of(job)) == [f"{'cancelled' if way == 'cancel' else 'expired'}_client"]


@pytest.mark.parametrize("how", ["goes too", "says no"])
def test_the_last_two_go_at_the_same_moment(
    desk: Desk, ada: Person, bisi: Person, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Ada's offers are being closed, Bisi goes too, or says no: each still sees the other one's offer."""
    job = pending(desk, ada)
    close = Offer.close_of_agent

    def close_a_little_later(agent: ObjectId) -> None:
        monkeypatch.setattr(Offer, "close_of_agent", close)
        desk.changes(bisi, status="inactive") if how == "goes too" else desk.says(bisi, "NO")
        close(agent)

    monkeypatch.setattr(Offer, "close_of_agent", close_a_little_later)
    desk.changes(ada, status="inactive")
    assert desk.attention(job) == "no_agent"
