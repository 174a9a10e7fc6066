"""All workers stop for a while: overdue work is done afterwards if it is still useful, and says that it is late."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.keeping import SAME, another
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import approved, assigned, in_progress, pending


def outage(desk: StoryDesk, **time: float) -> None:
    """Let time pass without any work, and then do all overdue work."""
    desk.clock.turn_to(desk.clock.now() + timedelta(**time))
    desk.tasks.beat("workers.reminders.arm")
    desk.sweep()


def timer(desk: StoryDesk, job: Job, kind: str) -> dict[str, Any]:
    """Return a timer as the API shows it."""
    [row] = [row for row in desk.call("GET", f"/api/jobs/{job['id']}/timers") if row["kind"] == kind]
    return dict(row)


REMINDED = (["reminder_agent"], ["reminder_client"])


@pytest.mark.parametrize(
    ("outage_for", "left"),
    [
        pytest.param({"minutes": 90}, None, id="at its time"),
        pytest.param({"minutes": 91}, None, id="a minute late is no matter"),
        pytest.param({"minutes": 93}, "27 minutes", id="late"),
        pytest.param({"minutes": 108, "seconds": 20}, "12 minutes", id="much later"),
        pytest.param({"minutes": 119, "seconds": 5}, "1 minute", id="just in time"),
    ],
)
def test_late_reminder_before_the_visit_is_sent_and_says_that_it_is_late(
    desk: StoryDesk, ada: Person, outage_for: dict[str, float], left: str | None
) -> None:
    job = approved(desk, ada, "3h")
    desk.clock.turn_to(desk.timers(job)["reminder"] - timedelta(minutes=90))
    outage(desk, **outage_for)
    assert (desk.news(ada), desk.news(client_of(job))) == REMINDED
    for text in (desk.last(ada), desk.last(client_of(job))):
        said = re.search(r"late: it starts in less than (.*)\.", text)
        assert (said and said[1]) == left
    assert desk.attention(job) is None
    assert timer(desk, job, "reminder")["fired_at"] is not None


def test_reminder_of_a_job_approved_within_the_lead_time_is_not_called_late(desk: StoryDesk, ada: Person) -> None:
    job = desk.asks("20m")
    desk.says(ada, "YES")
    assert desk.says(ada, "CONFIRM") == ["approved"]  # it reminds them, too
    assert "late" not in desk.last(ada) + desk.last(client_of(job))


MISSED = [
    pytest.param({"minutes": 121}, id="minutes"),
    pytest.param({"hours": 9}, id="hours"),
    pytest.param({"days": 2}, id="days"),
]


@pytest.mark.parametrize("outage_for", MISSED)
def test_reminder_due_after_the_start_is_missed_and_the_job_is_listed(
    desk: StoryDesk, ada: Person, office: Office, outage_for: dict[str, float]
) -> None:
    job = approved(desk, ada, "2h")
    outage(desk, **outage_for)
    over = outage_for != {"minutes": 121}
    assert desk.news(ada) == (["ask_completed"] if over else [])
    assert desk.news(client_of(job)) == []
    assert (desk.attention(job), office.reasons()) == ("reminder_missed", ["reminder_missed"])
    assert desk.timeline(job).count("reminder_missed") == 1
    assert "reminded" not in desk.timeline(job)
    shown = timer(desk, job, "reminder")
    assert (shown["waiting"], shown["fired_at"], bool(shown["missed_at"])) == (False, None, True)
    desk.wait(hours=2)
    assert desk.attention(job) == "not_completed"
    assert "reminder_agent" not in desk.told(ada)


@pytest.mark.parametrize("word", ["BEGIN", "COMPLETE", "cancel"])
def test_missed_reminder_needs_no_attention_once_the_visit_begins_or_ends(
    desk: StoryDesk, ada: Person, word: str
) -> None:
    job = approved(desk, ada, "2h")
    outage(desk, minutes=121)
    assert desk.attention(job) == "reminder_missed"
    desk.does("cancel", job) if word == "cancel" else desk.says(ada, word)
    assert desk.attention(job) is None


def test_begun_visit_has_no_missed_reminder(desk: StoryDesk, ada: Person) -> None:
    job = in_progress(desk, ada, "2h")
    outage(desk, minutes=121)
    assert (desk.attention(job), "reminder_missed" in desk.timeline(job)) == (None, False)


def test_job_moved_after_a_missed_reminder_has_another_reminder(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "2h")
    outage(desk, minutes=121)
    desk.moves(job, "8h")
    assert desk.attention(job) is None
    desk.says(ada, "CONFIRM")
    desk.wait_for(job, "reminder")
    assert desk.news(ada)[-1:] == ["reminder_agent"]
    assert timer(desk, job, "reminder")["missed_at"] is None


@pytest.mark.parametrize("outage_for", MISSED)
def test_pending_job_expires_once_after_an_outage(desk: StoryDesk, ada: Person, outage_for: dict[str, float]) -> None:
    job = pending(desk, ada, "2h")
    outage(desk, **outage_for)
    outage(desk, **outage_for)
    assert desk.stands(job) == ("expired", None)
    assert (desk.news(ada), desk.news(client_of(job))) == ([], ["expired_client"])
    assert desk.says(ada, "YES") == ["gone"]


@pytest.mark.parametrize(
    ("outage_for", "offered", "status"),
    [
        pytest.param({"minutes": 10}, ["offer"], "pending", id="minutes: all are asked now"),
        pytest.param({"hours": 20}, ["offer"], "pending", id="hours"),
        pytest.param({"days": 2}, [], "expired", id="days: it is over, none is asked"),
    ],
)
def test_hold_ends_once_and_no_later_than_the_visit(
    desk: StoryDesk, ada: Person, bisi: Person, outage_for: dict[str, float], offered: list[str], status: str
) -> None:
    assigned(desk, ada, "5d", **SAME)
    job = another(desk, "1d")
    desk.no_news()
    outage(desk, **outage_for)
    outage(desk, seconds=20)
    assert desk.timeline(job).count("hold_ended") <= 1
    assert (desk.news(bisi), desk.stands(job)[0]) == (offered, status)


@pytest.mark.parametrize(
    ("outage_for", "asked", "attention"),
    [
        pytest.param({"minutes": 45}, ["nudge"], None, id="minutes: asked now"),
        pytest.param({"hours": 20}, ["nudge"], None, id="hours: asked now"),
        pytest.param({"days": 2}, [], "unconfirmed", id="days: too late to ask, operations see it"),
    ],
)
def test_unconfirmed_job_is_asked_about_only_before_the_visit(
    desk: StoryDesk, ada: Person, outage_for: dict[str, float], asked: list[str], attention: str | None
) -> None:
    job = assigned(desk, ada, "1d")
    outage(desk, **outage_for)
    assert (desk.news(ada), desk.attention(job)) == (asked, attention)
    desk.wait(hours=5)
    assert (desk.news(ada), desk.attention(job)) == ([], "unconfirmed")


@pytest.mark.parametrize("outage_for", MISSED)
def test_unconfirmed_job_already_asked_about_is_listed_once(
    desk: StoryDesk, ada: Person, office: Office, outage_for: dict[str, float]
) -> None:
    job = assigned(desk, ada, "1d")
    desk.wait_for(job, "nudge")
    desk.no_news()
    outage(desk, **outage_for)
    outage(desk, **outage_for)
    assert (desk.news(ada), desk.attention(job), office.reasons()) == ([], "unconfirmed", ["unconfirmed"])


@pytest.mark.parametrize("outage_for", [{"minutes": 70}, {"hours": 9}, {"days": 2}])
def test_visit_past_its_end_is_asked_about_once_after_an_outage_and_then_listed(
    desk: StoryDesk, ada: Person, office: Office, outage_for: dict[str, float]
) -> None:
    job = in_progress(desk, ada, "1h")
    desk.wait(hours=1)
    outage(desk, **outage_for)
    assert (desk.news(ada), desk.attention(job)) == (["ask_completed"], None)
    outage(desk, **outage_for)
    outage(desk, **outage_for)
    assert (desk.news(ada), desk.attention(job), office.reasons()) == ([], "not_completed", ["not_completed"])


@pytest.mark.parametrize(
    ("kind", "starts_in", "way", "word"),
    [
        ("nudge", "1d", assigned, "CONFIRM"),
        ("unconfirmed", "1d", assigned, "CONFIRM"),
        ("ending", "2h", approved, "COMPLETE"),
        ("not_completed", "2h", approved, "COMPLETE"),
    ],
)
def test_waiting_reply_is_handled_before_the_agent_is_asked_again_or_listed(
    desk: StoryDesk, ada: Person, office: Office, kind: str, starts_in: str, way: Any, word: str
) -> None:
    """The reply and the timer both wait until the workers are back."""
    job = way(desk, ada, starts_in)
    for before in {"unconfirmed": ["nudge"], "ending": ["reminder"], "not_completed": ["ending"]}.get(kind, []):
        desk.wait_for(job, before)
    desk.no_news()
    happened = desk.timeline(job)
    with desk.at_once():
        desk.twilio.say(ada.phone, f"{word} {job['code']}")
        desk.clock.turn_to(desk.timers(job)[kind])
        desk.tasks.beat("workers.reminders.arm")
        desk.work("reminders")
        assert desk.timeline(job) == happened
    desk.wait(minutes=5)
    assert desk.news(ada) == [{"CONFIRM": "approved", "COMPLETE": "completed_agent"}[word]]
    assert (desk.attention(job), office.reasons()) == (None, [])
