"""A pause: the agent gets no new offers until it ends, and everything else continues."""

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
from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME, another
from tests.stories.people import Person
from tests.stories.ways import approved, assigned, pending

ASKED = [
    pytest.param("pause 2h", "en", "*RESUME*", id="en"),
    pytest.param("Pause jusqu'à lundi 9h, merci", "fr", "*REPRENDRE*", id="fr"),
    pytest.param("pausa até amanhã", "pt", "*VOLTAR*", id="pt"),
    pytest.param("استراحة ساعتين", "ar", "*استئناف*", id="ar"),
]


def shown(desk: StoryDesk, who: Person) -> dict[str, Any]:
    """Return an agent as the API shows them."""
    return desk.call("GET", f"/api/agents/{who.id}")


def end(desk: StoryDesk, who: Person) -> None:
    """Move the clock to the end of a pause, and sweep."""
    desk.wait_until(datetime.fromisoformat(shown(desk, who)["paused_until"]))
    desk.sweep()


def why(desk: StoryDesk, job: dict[str, Any], who: Person) -> dict[str, Any]:
    """Return why an agent has a job or not."""
    return desk.call("GET", f"/api/jobs/{job['id']}/agents/{who.phone.replace('+', '%2B')}")


@pytest.mark.parametrize(("text", "language", "back"), ASKED)
def test_paused_agent_gets_no_new_offer_until_the_pause_ends(
    desk: StoryDesk, ada: Person, bisi: Person, text: str, language: str, back: str
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
def test_text_that_only_mentions_a_pause_is_no_pause(desk: StoryDesk, ada: Person, text: str) -> None:
    assert desk.says(ada, text) == ["help_agent"]
    assert shown(desk, ada)["paused_until"] is None
    desk.asks()
    assert desk.news(ada) == ["offer"]


def test_pause_without_an_end_lasts_until_the_next_morning_and_the_reply_names_it(desk: StoryDesk, ada: Person) -> None:
    desk.says(ada, "pause")
    until = datetime.fromisoformat(shown(desk, ada)["paused_until"])
    assert "06:00 (Lagos time)" in desk.last(ada)
    assert f"{until:%H:%M}" == "05:00"
    assert timedelta() < until - desk.clock.now() <= timedelta(hours=31)


def test_open_offers_and_the_visit_continue_during_a_pause(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    """An open offer can be taken, and the visit continues with all of its messages."""
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


def test_paused_agent_gets_news_of_an_open_offer(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    first, second = pending(desk, ada), pending(desk, ada)
    desk.says(ada, "pause 2h")
    desk.says(bisi, f"yes {first['code']}")
    desk.does("cancel", second)
    assert sorted(desk.news(ada)) == ["taken", "withdrawn"]


@pytest.mark.parametrize("word", ["RESUME", "START", "reprendre", "voltar", "استئناف"])
def test_start_ends_a_pause_at_once(desk: StoryDesk, ada: Person, bisi: Person, word: str) -> None:
    assigned(desk, ada)
    desk.says(ada, "pause 2h")
    desk.asks("3d")
    desk.no_news()
    assert desk.says(ada, word) == ["resumed", "offer"]
    assert shown(desk, ada)["paused_until"] is None
    desk.asks("4d")
    assert desk.news(ada) == ["offer"]


def test_start_begins_a_visit_that_can_begin_and_the_pause_continues(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "90m")
    desk.says(ada, "pause 2h")
    assert desk.says(ada, "START") == ["began"]
    assert (desk.stands(job)[0], shown(desk, ada)["paused_until"] is None) == ("in_progress", False)


def test_second_pause_replaces_the_first(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    for text in ("pause 1h", "pause 3h"):
        desk.says(ada, text)
    desk.asks()
    desk.wait(hours=2)
    desk.sweep()
    assert "offer" not in desk.told(ada)
    end(desk, ada)
    assert desk.news(ada) == ["offer"]


def test_put_by_the_platform_does_not_end_a_pause(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    desk.says(ada, "pause 2h")
    until = shown(desk, ada)["paused_until"]
    desk.asks()
    desk.changes(ada, status="active", zone="Yaba")
    assert (desk.news(ada), shown(desk, ada)["paused_until"]) == ([], until)
    end(desk, ada)
    assert desk.news(ada) == ["offer"]


def test_status_change_during_a_pause_takes_effect_at_once(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "pause 2h")
    desk.changes(ada, status="suspended")
    assert desk.offers(job)[1, ada.phone] == "closed"
    end(desk, ada)
    assert desk.news(ada) == []
    desk.changes(ada, status="active")
    assert desk.news(ada) == ["offer"]


def test_stop_and_start_during_a_pause(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "pause 2h")
    assert desk.says(ada, "STOP") == ["opted_out"]
    assert desk.offers(job)[1, ada.phone] == "closed"
    assert desk.says(ada, "pause 3h") == []
    end(desk, ada)
    assert (desk.news(ada), shown(desk, ada)["opted_out"]) == ([], True)
    assert desk.says(ada, "START") == ["resumed", "offer"]


def test_job_needs_attention_when_all_agents_are_paused(
    desk: StoryDesk, office: Office, ada: Person, bisi: Person
) -> None:
    desk.says(ada, "pause 2h")
    desk.says(bisi, "pause 3h")
    job = desk.asks()
    assert (desk.attention(job), desk.offers(job)) == ("no_agent", {})
    assert [alarm["reason"] for alarm in office.alarms] == ["no_agent"]
    end(desk, ada)
    assert (desk.attention(job), desk.news(ada)) == (None, ["offer"])


def test_job_with_an_open_offer_to_a_paused_agent_needs_no_attention(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "pause 2h")
    assert desk.attention(job) is None
    desk.says(ada, "no")
    assert desk.attention(job) == "no_agent"


def test_job_is_not_held_for_a_paused_agent(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    desk.says(ada, "pause 2h")
    job = another(desk)
    assert (desk.news(ada), desk.news(bisi)[-1:]) == ([], ["offer"])
    [ended] = [each for each in desk.call("GET", f"/api/jobs/{job['id']}/timeline") if each["name"] == "hold_ended"]
    assert ended["reason"] == "paused"


def test_job_already_held_stays_held_during_a_pause(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    assigned(desk, ada, **SAME)
    job = another(desk)
    desk.no_news()
    desk.says(ada, "pause 2h")
    assert desk.news(bisi) == []
    assert desk.says(ada, f"yes {job['code']}") == ["assigned"]


def test_claim_of_a_paused_agent_ended_by_a_move_is_answered_without_a_new_offer(
    desk: StoryDesk, ada: Person, bisi: Person
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
def test_agent_who_pauses_during_the_broadcast_gets_the_message_of_an_offer_made(
    desk: StoryDesk, ada: Person, bisi: Person, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """This holds even if writing the message fails once, as an offer without a message would hide the job."""
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
