"""A job without any agent to offer it to: operations are notified, and the first available agent gets the offer."""

import pytest
from bson import ObjectId

from dispatch.models import Offer
from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import INTO, assigned, away, pending


def test_job_without_any_agent_needs_attention(desk: StoryDesk, office: Office) -> None:
    job = desk.asks()
    assert desk.attention(job) == "no_agent"
    assert desk.timeline(job) == ["opened", "attention"]
    [alarm] = office.alarms
    about = {"event": "job_needs_attention", "reason": "no_agent", "job_id": job["id"], "code": job["code"]}
    assert alarm.items() >= about.items()
    assert alarm["text"].splitlines()[0] == (
        f"Inspection {job['code']} needs attention: no agent is left to offer it to; "
        "other jobs may be affected, see GET /api/jobs/?attention=true."
    )


def test_new_agent_is_offered_a_waiting_job_at_once(desk: StoryDesk, office: Office) -> None:
    job = desk.asks()
    ada = desk.hires("Ada")
    assert desk.news(ada) == ["offer"]
    assert desk.attention(job) is None
    assert desk.says(ada, "YES") == ["assigned"]
    assert office.reasons() == ["no_agent"]


@pytest.mark.parametrize("standing", ["inactive", "suspended"])
def test_agent_made_active_is_offered_a_waiting_job_at_once(desk: StoryDesk, standing: str) -> None:
    ada = desk.hires("Ada", status=standing)
    job = desk.asks()
    assert desk.attention(job) == "no_agent"
    desk.changes(ada, status="active")
    assert desk.news(ada) == ["offer"]
    assert desk.attention(job) is None


@pytest.mark.parametrize("said", ["START", "resume"])
def test_agent_who_opts_in_again_is_offered_a_waiting_job_at_once(desk: StoryDesk, ada: Person, said: str) -> None:
    desk.says(ada, "STOP")
    job = desk.asks()
    assert desk.attention(job) == "no_agent"
    assert desk.says(ada, said) == ["resumed", "offer"]
    assert desk.attention(job) is None


def test_suspended_agent_who_opts_in_is_not_offered_a_waiting_job(desk: StoryDesk) -> None:
    ada = desk.hires("Ada", status="suspended")
    job = desk.asks()
    desk.says(ada, "STOP")
    assert desk.says(ada, "START") == ["resumed"]
    assert desk.attention(job) == "no_agent"


def test_each_new_agent_is_offered_all_waiting_jobs(desk: StoryDesk) -> None:
    jobs = [desk.asks("3d"), desk.asks("2d"), desk.asks("4d")]
    ada, bisi = desk.hires("Ada"), desk.hires("Bisi")
    assert desk.news(ada) == desk.news(bisi) == ["offer"] * 3
    assert all(set(desk.offers(job).values()) == {"open"} for job in jobs)


def test_job_that_is_not_pending_is_not_offered_to_a_new_agent(desk: StoryDesk, ada: Person) -> None:
    for state in ("assigned", "completed", "cancelled"):
        INTO[state](desk, ada)
    assert desk.told(desk.hires("Bisi")) == []


def test_agent_active_again_is_offered_jobs_that_they_had_not_answered(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    job = pending(desk, ada)
    desk.changes(ada, status="inactive")
    assert desk.offers(job)[1, ada.phone] == "closed"
    desk.changes(ada, status="active")
    assert desk.news(ada) == ["offer"]
    assert desk.offers(job)[1, ada.phone] == "open"
    assert desk.says(ada, "YES") == ["assigned"]


def test_agent_active_again_is_not_offered_jobs_that_they_declined(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.changes(ada, status="inactive")
    desk.changes(ada, status="active")
    assert desk.news(ada) == []
    assert desk.offers(job)[1, ada.phone] == "declined"


def test_job_that_all_agents_declined_needs_attention(
    desk: StoryDesk, office: Office, ada: Person, bisi: Person
) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    assert (desk.attention(job), office.reasons()) == (None, [])
    desk.says(bisi, "NO")
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])
    chidi = desk.hires("Chidi")
    assert desk.says(chidi, "YES") == ["assigned"]
    assert desk.attention(job) is None


@pytest.mark.parametrize("standing", ["inactive", "suspended", "STOP"])
def test_job_whose_last_offered_agent_is_made_inactive_needs_attention(
    desk: StoryDesk, office: Office, ada: Person, bisi: Person, standing: str
) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    away(desk, bisi, standing)
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])


def test_job_whose_last_offered_agent_is_deleted_needs_attention(desk: StoryDesk, office: Office, ada: Person) -> None:
    job = pending(desk, ada)
    desk.call("DELETE", f"/api/agents/{ada.id}", expect=204)
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])


def test_job_released_by_the_last_possible_agent_needs_attention(desk: StoryDesk, office: Office, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.says(ada, "RELEASE")
    assert (desk.attention(job), office.reasons()) == ("no_agent", ["no_agent"])


def test_claim_of_an_agent_suspended_before_settling_does_not_count(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        desk.changes(ada, status="suspended")
        desk.says(bisi, "YES")
    assert desk.stands(job) == ("assigned", bisi.phone)
    assert desk.offers(job)[1, ada.phone] == "closed"


def test_job_whose_only_claimant_is_suspended_before_settling_needs_attention(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "YES")
        desk.work("inbox")
        desk.changes(ada, status="suspended")
    assert desk.stands(job) == ("pending", None)
    assert desk.attention(job) == "no_agent"


def test_job_moved_without_any_agent_still_needs_attention(desk: StoryDesk) -> None:
    job = desk.asks()
    desk.moves(job, "51h")
    assert desk.attention(job) == "no_agent"
    assert desk.told(desk.hires("Ada")) == ["offer"]


@pytest.mark.parametrize("way", ["cancel", "expiry"])
def test_job_that_ended_needs_no_attention(desk: StoryDesk, way: str) -> None:
    job = desk.asks()
    desk.does("cancel", job) if way == "cancel" else desk.wait_for(job, "expiry")
    assert desk.attention(job) is None
    assert desk.told(client_of(job)) == [f"{'cancelled' if way == 'cancel' else 'expired'}_client"]


@pytest.mark.parametrize("how", ["goes too", "says no"])
def test_job_whose_last_two_agents_leave_at_the_same_moment_needs_attention(
    desk: StoryDesk, ada: Person, bisi: Person, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Ada's offers are being closed, Bisi leaves too, or declines: each task still finds the other's offer."""
    job = pending(desk, ada)
    close = Offer.close_of_agent

    def close_a_little_later(agent: ObjectId) -> None:
        monkeypatch.setattr(Offer, "close_of_agent", close)
        desk.changes(bisi, status="inactive") if how == "goes too" else desk.says(bisi, "NO")
        close(agent)

    monkeypatch.setattr(Offer, "close_of_agent", close_a_little_later)
    desk.changes(ada, status="inactive")
    assert desk.attention(job) == "no_agent"
