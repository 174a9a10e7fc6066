"""A pause: nothing new is offered until it is over, and all else goes on."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from config.settings import settings
from dispatch.actions import drafts
from dispatch.actions.people import agents
from dispatch.models import Agent, Message, Offer
from dispatch.rules.inbox import pause_texts
from dispatch.rules.outbox import kinds
from tests.office import Office
from tests.stories.desk import Desk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person
from tests.stories.ways import approved, assigned, pending

ASKED = [
    pytest.param("pause 2h", "en", "*RESUME*", id="en"),
    pytest.param("Pause jusqu'à lundi 9h, merci", "fr", "*REPRENDRE*", id="fr"),
    pytest.param("pausa até amanhã", "pt", "*VOLTAR*", id="pt"),
    pytest.param("استراحة ساعتين", "ar", "*استئناف*", id="ar"),
]


def shown(desk: Desk, who: Person) -> dict[str, Any]:
    """An agent as the API shows them."""
    return desk.call("GET", f"/api/agents/{who.id}")


def end(desk: Desk, who: Person) -> None:
    """Let a pause come to its end, and beat sweep."""
    desk.wait_until(datetime.fromisoformat(shown(desk, who)["paused_until"]))
    desk.sweep()


def why(desk: Desk, job: dict[str, Any], who: Person) -> dict[str, Any]:
    """Why an agent has a job or has not."""
    return desk.call("GET", f"/api/jobs/{job['id']}/agents/{who.phone.replace('+', '%2B')}")


@pytest.mark.parametrize(("text", "language", "back"), ASKED)
def test_who_pauses_is_offered_nothing_new_until_it_is_over(
    desk: Desk, ada: Person, bisi: Person, text: str, language: str, back: str
) -> None:
    desk.changes(ada, language=language)
    assert desk.says(ada, text) == ["paused"]
    said = Message.objects(phone=ada.phone, direction="inbound").order_by("-id").first()
    until = pause_texts.until(text, said.received_at, settings().defaults.timezone)
    words = drafts.moment(kinds.PAUSED, language, until)
    assert all(word in desk.last(ada) for word in (*words.values(), back))
    assert shown(desk, ada)["paused_until"] == until.isoformat()
    job = desk.asks("20d")
    assert (desk.news(ada), desk.news(bisi)) == ([], ["offer"])
    assert desk.offers(job) == {(1, bisi.phone): "open"}
    told = why(desk, job, ada)
    assert (told["because"], f"until {until:%Y-%m-%d at %H:%M:%S} UTC" in told["explanation"]) == (
        "agent_unavailable",
        True,
    )
    desk.wait_until(until - timedelta(seconds=1))
    desk.sweep()
    assert desk.news(ada) == []
    end(desk, ada)
    assert (desk.news(ada), shown(desk, ada)["paused_until"]) == (["offer"], None)
    assert desk.says(ada, "yes") == ["assigned"]


@pytest.mark.parametrize(
    "text", ["pause, but not for K7F3", "pause?", "no pause", "a pause would be nice", "pause 60d"]
)
def test_what_only_speaks_of_it_is_no_pause(desk: Desk, ada: Person, text: str) -> None:
    assert desk.says(ada, text) == ["help_agent"]
    assert shown(desk, ada)["paused_until"] is None
    desk.asks()
    assert desk.news(ada) == ["offer"]


def test_pause_alone_is_until_the_next_morning_and_says_so(desk: Desk, ada: Person) -> None:
    desk.says(ada, "pause")
    until = datetime.fromisoformat(shown(desk, ada)["paused_until"])
    assert "06:00 (Lagos time)" in desk.last(ada)
    assert f"{until:%H:%M}" == "05:00"
    assert timedelta() < until - desk.clock.now() <= timedelta(hours=31)


def test_all_else_goes_on(desk: Desk, ada: Person, bisi: Person) -> None:
    """Open offers may be taken, and the visit goes its way, with what is told of it."""
    job = pending(desk, ada)
    desk.says(ada, "pause 20 days")
    assert desk.offers(job) == {(1, ada.phone): "open", (1, bisi.phone): "open"}
    assert (desk.says(ada, "yes"), desk.news(bisi)) == (["assigned"], ["taken"])
    desk.moves(job, "30h")
    assert desk.news(ada) == ["moved_agent"]
    assert desk.says(ada, "confirm") == ["approved"]
    desk.wait_for(job, "reminder")
    assert desk.news(ada) == ["reminder_agent"]
    assert desk.says(ada, "begin") == ["began"]
    assert desk.says(ada, "complete") == ["completed_agent"]
    assert (desk.attention(job), shown(desk, ada)["status"]) == (None, "active")
    assert shown(desk, ada)["paused_until"] is not None


def test_what_others_do_with_an_open_offer_is_told(desk: Desk, ada: Person, bisi: Person) -> None:
    first, second = pending(desk, ada), pending(desk, ada)
    desk.says(ada, "pause 2h")
    desk.says(bisi, f"yes {first['code']}")
    desk.does("cancel", second)
    assert sorted(desk.news(ada)) == ["taken", "withdrawn"]


@pytest.mark.parametrize("word", ["RESUME", "START", "reprendre", "voltar", "استئناف"])
def test_the_way_back_ends_it_at_once(desk: Desk, ada: Person, bisi: Person, word: str) -> None:
    assigned(desk, ada)
    desk.says(ada, "pause 2h")
    desk.asks("3d")
    desk.no_news()
    assert desk.says(ada, word) == ["resumed", "offer"]
    assert shown(desk, ada)["paused_until"] is None
    desk.asks("4d")
    assert desk.news(ada) == ["offer"]


def test_start_begins_the_visit_that_can_begin_and_the_pause_goes_on(desk: Desk, ada: Person) -> None:
    job = approved(desk, ada)
    desk.says(ada, "pause 2h")
    assert desk.says(ada, "START") == ["began"]
    assert (desk.stands(job)[0], shown(desk, ada)["paused_until"] is None) == ("in_progress", False)


def test_a_longer_pause_takes_the_place_of_a_shorter(desk: Desk, ada: Person, bisi: Person) -> None:
    for text in ("pause 1h", "pause 3h"):
        desk.says(ada, text)
    desk.asks()
    desk.wait(hours=2)
    desk.sweep()
    assert "offer" not in desk.told(ada)
    end(desk, ada)
    assert desk.news(ada) == ["offer"]


def test_the_platform_does_not_end_it(desk: Desk, ada: Person, bisi: Person) -> None:
    desk.says(ada, "pause 2h")
    until = shown(desk, ada)["paused_until"]
    desk.asks()
    desk.changes(ada, status="active", zone="Yaba")
    assert (desk.news(ada), shown(desk, ada)["paused_until"]) == ([], until)
    end(desk, ada)
    assert desk.news(ada) == ["offer"]


def test_what_changes_amid_a_pause_is_followed_at_once(desk: Desk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "pause 2h")
    desk.changes(ada, status="suspended")
    assert desk.offers(job)[1, ada.phone] == "closed"
    end(desk, ada)
    assert desk.news(ada) == []
    desk.changes(ada)
    assert desk.news(ada) == ["offer"]


def test_stop_and_start_amid_a_pause(desk: Desk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "pause 2h")
    assert desk.says(ada, "STOP") == ["opted_out"]
    assert desk.offers(job)[1, ada.phone] == "closed"
    assert desk.says(ada, "pause 3h") == []
    end(desk, ada)
    assert (desk.news(ada), shown(desk, ada)["opted_out"]) == ([], True)
    assert desk.says(ada, "START") == ["resumed", "offer"]


def test_with_everybody_at_a_pause_operations_see_the_job(
    desk: Desk, office: Office, ada: Person, bisi: Person
) -> None:
    desk.says(ada, "pause 2h")
    desk.says(bisi, "pause 3h")
    job = desk.asks()
    assert (desk.attention(job), desk.offers(job)) == ("no_agent", {})
    assert [alarm["reason"] for alarm in office.alarms] == ["no_agent"]
    end(desk, ada)
    assert (desk.attention(job), desk.news(ada)) == (None, ["offer"])


def test_what_is_open_for_them_keeps_a_job_from_operations(desk: Desk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "pause 2h")
    assert desk.attention(job) is None
    desk.says(ada, "no")
    assert desk.attention(job) == "no_agent"


def test_nothing_is_held_for_who_pauses(desk: Desk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    desk.says(ada, "pause 2h")
    job = another(desk)
    assert (desk.news(ada), desk.news(bisi)[-1:]) == ([], ["offer"])
    [ended] = [each for each in desk.call("GET", f"/api/jobs/{job['id']}/timeline") if each["name"] == "hold_ended"]
    assert ended["reason"] == "paused"


def test_what_is_held_already_stays_held(desk: Desk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.no_news()
    desk.says(ada, "pause 2h")
    assert desk.news(bisi) == []
    assert desk.says(ada, f"yes {job['code']}") == ["assigned"]


def test_a_yes_that_a_move_ends_is_answered_although_the_new_time_is_not_offered(
    desk: Desk, ada: Person, bisi: Person
) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "yes")
        desk.says(ada, "pause 2h")
        desk.work("inbox")
        desk.moves(job, "51h")
    assert desk.news(ada) == ["paused", "explain_moved"]
    assert desk.news(bisi) == ["offer"]
    end(desk, ada)
    assert desk.news(ada) == ["offer"]


@pytest.mark.parametrize("when", ["before the offer is made", "after"])
def test_who_pauses_amid_the_offering_is_told_of_the_offer_they_got(
    desk: Desk, ada: Person, bisi: Person, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """And so it is when telling them breaks off: an offer that nobody knows of would keep the job from operations."""
    save_and_send, make = drafts.save_and_send, Offer.make

    def pause() -> None:
        agents.pause(Agent.must_get(ObjectId(ada.id)), desk.clock.now() + timedelta(hours=2), desk.clock.now())
        agents.follow_agent(ObjectId(ada.id), desk.clock.now())

    def makes(*facts: Any) -> Any:
        monkeypatch.setattr(Offer, "make", make)
        if when != "after":
            pause()
        return make(*facts)

    def breaks(*_: Any) -> None:
        monkeypatch.setattr(drafts, "save_and_send", save_and_send)
        if when == "after":
            pause()
        raise RuntimeError("broken off")

    monkeypatch.setattr(Offer, "make", makes)
    monkeypatch.setattr(drafts, "save_and_send", breaks)
    job = desk.asks()
    desk.wait(seconds=40)
    desk.sweep()
    assert desk.news(ada) == desk.news(bisi) == ["offer"]
    assert desk.offers(job) == {(1, ada.phone): "open", (1, bisi.phone): "open"}
    assert shown(desk, ada)["paused_until"] is not None
