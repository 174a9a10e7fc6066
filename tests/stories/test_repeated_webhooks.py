"""Twilio posts the same message again, fifty times at once or days later: it has one effect."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dispatch.models import Message
from sandbox.twilio.exchange import new_sid
from tests.stories.desk import StoryDesk
from tests.stories.people import Person
from tests.stories.ways import assigned, pending

TIMES = 50
DAYS = timedelta(days=5)


def fifty_times(desk: StoryDesk, who: Person, text: str) -> str:
    """Post one message fifty times at once, and return its SID."""
    sid = new_sid("SM")
    with ThreadPoolExecutor(TIMES) as lines:
        said = list(lines.map(lambda _: desk.twilio.say(who.phone, text, sid=sid), range(TIMES)))
    assert {each.status for each in said} == {204}
    desk.work()
    return sid


@pytest.mark.parametrize(("text", "news"), [("HELP", "help_agent"), ("YES", "assigned"), ("STOP", "opted_out")])
def test_message_posted_fifty_times_and_days_later_has_one_effect(
    desk: StoryDesk, ada: Person, text: str, news: str
) -> None:
    pending(desk, ada, "9d")
    sid = fifty_times(desk, ada, text)
    assert desk.news(ada) == [news]
    assert Message.objects(twilio_sid=sid).count() == 1
    desk.wait(minutes=1)
    assert desk.news(ada) == []
    desk.clock.turn_to(desk.clock.now() + DAYS)
    desk.twilio.say(ada.phone, text, sid=sid)
    desk.sweep()
    assert desk.news(ada) == []


def test_stop_of_last_week_posted_again_is_no_new_opt_out(desk: StoryDesk, ada: Person) -> None:
    sid = fifty_times(desk, ada, "STOP")
    desk.says(ada, "START")
    desk.clock.turn_to(desk.clock.now() + DAYS)
    desk.twilio.say(ada.phone, "STOP", sid=sid)
    desk.work()
    assigned(desk, ada, "20d")


def test_release_of_last_week_posted_again_releases_nothing(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = assigned(desk, ada, "20d")
    sid = fifty_times(desk, ada, f"RELEASE {job['code']}")
    desk.says(bisi, "NO")
    desk.moves(job, "21d")
    assert desk.stands(job)[0] == "pending"
    desk.says(bisi, f"YES {job['code']}")
    desk.clock.turn_to(desk.clock.now() + DAYS)
    desk.twilio.say(ada.phone, f"RELEASE {job['code']}", sid=sid)
    desk.work()
    assert desk.stands(job) == ("assigned", bisi.phone)
