"""CONFIRM sent right after YES, before our answer: it counts once the job is theirs."""

from collections.abc import Callable

import pytest
from bson import ObjectId

from dispatch.models import Message, Offer
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import assigned, pending


def settled(desk: StoryDesk) -> None:
    """Handle what has arrived, and settle the claims."""
    desk.work("inbox")
    desk.wait(seconds=1)
    desk.work("assignment")


def written(desk: StoryDesk) -> None:
    """Settle the claims, and write the news."""
    settled(desk)
    desk.work("broadcasting")


#: How far the YES has come when the CONFIRM arrives.
WAYS: dict[str, Callable[[StoryDesk], None]] = {
    "nothing is done yet": lambda desk: None,
    "the YES is claimed": lambda desk: desk.work("inbox"),
    "the YES is settled": settled,
    "the news is written": written,
}


def in_one_breath(desk: StoryDesk, who: Person, *texts: str, between: str = "nothing is done yet") -> list[str]:
    """Let a person write several messages before any answer; the desk works that much after the first."""
    desk.news(who)
    with desk.at_once():
        for n, text in enumerate(texts):
            desk.twilio.say(who.phone, text)
            if n == 0:
                WAYS[between](desk)
        settled(desk)
    return desk.news(who)


@pytest.mark.parametrize("between", WAYS)
@pytest.mark.parametrize("confirm", ["confirm", "CONFIRM {code}", "confirmed, thanks"])
def test_confirm_right_after_yes_approves_the_job(
    desk: StoryDesk, ada: Person, bisi: Person, between: str, confirm: str
) -> None:
    job = pending(desk, ada)
    news = in_one_breath(desk, ada, "Yes please!", confirm.format(code=job["code"]), between=between)
    assert news == ["assigned", "approved"]
    assert desk.stands(job) == ("approved", ada.phone)
    assert desk.news(client_of(job)) == ["approved_client"]
    assert desk.timeline(job).count("approved") == 1
    assert desk.news(bisi) == ["taken"]
    assert set(desk.timers(job)) >= {"reminder", "ending"}
    event = next(each for each in desk.call("GET", f"/api/jobs/{job['id']}/timeline") if each["name"] == "approved")
    assert event["cause"] == str(Message.objects(phone=ada.phone, direction="inbound").order_by("-id").first().id)


def test_confirm_of_a_claim_that_loses_is_answered_by_the_news(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(bisi, "yes")
        desk.says(ada, "yes")
        desk.says(ada, "confirm")
    assert desk.news(ada) == ["taken"]
    assert desk.stands(job) == ("assigned", bisi.phone)
    assert desk.news(bisi) == ["assigned"]
    assert desk.news(client_of(job)) == []


def test_confirm_with_two_claims_is_asked_back(desk: StoryDesk, ada: Person) -> None:
    first, second = pending(desk, ada), pending(desk, ada, "3d")
    news = in_one_breath(desk, ada, f"YES {first['code']}", f"YES {second['code']}", "confirm")
    assert sorted(news) == ["ask_back", "assigned", "assigned"]
    assert [desk.stands(job)[0] for job in (first, second)] == ["assigned", "assigned"]
    assert desk.says(ada, f"CONFIRM {second['code']}") == ["approved"]


def test_confirm_with_a_claim_and_a_job_that_awaits_it_is_asked_back(desk: StoryDesk, ada: Person) -> None:
    old, new = assigned(desk, ada), pending(desk, ada, "3d")
    assert sorted(in_one_breath(desk, ada, f"YES {new['code']}", "confirm")) == ["ask_back", "assigned"]
    assert [desk.stands(job)[0] for job in (old, new)] == ["assigned", "assigned"]


def test_confirm_before_the_news_of_a_move_does_not_confirm_the_new_time(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "yes")
        settled(desk)
        desk.moves(job, "51h")
        desk.says(ada, "confirm")
        desk.work("inbox")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(ada)[-1] == "moved_agent"
    assert "approved_client" not in desk.told(client_of(job))


def test_yes_confirm_and_no_in_one_breath_is_a_no(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    assert in_one_breath(desk, ada, "yes", "confirm", "no") == ["declined"]
    assert desk.stands(job) == ("pending", None)
    assert desk.news(client_of(job)) == []
    assert desk.says(ada, "yes") == ["assigned"]  # the CONFIRM went with the first YES
    assert desk.stands(job) == ("assigned", ada.phone)


def test_second_confirm_has_no_second_effect(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    assert in_one_breath(desk, ada, "yes", "confirm", "confirm") == ["assigned", "approved"]
    assert desk.told(client_of(job)) == ["approved_client"]


def test_confirm_is_kept_when_every_hint_at_the_claim_is_lost(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "yes")
        desk.says(ada, "confirm")
        desk.work("inbox")
        desk.tasks.fetch()
        desk.tasks.hints.clear()
    assert Offer.objects(job=ObjectId(job["id"])).get().confirmation
    desk.wait(seconds=10)
    desk.sweep()
    assert desk.stands(job) == ("approved", ada.phone)
    assert desk.news(client_of(job)) == ["approved_client"]
