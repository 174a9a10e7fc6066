"""A visit that is confirmed when its reminder would be due: one message says it all, and no reminder follows."""

import pytest

from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import assigned


@pytest.mark.parametrize("how", ["CONFIRM", "approve_schedule"])
def test_confirmation_within_the_lead_is_one_message_to_each(
    desk: StoryDesk, ada: Person, office: Office, how: str
) -> None:
    job = assigned(desk, ada, "20m")
    client = client_of(job)
    if how == "CONFIRM":
        desk.says(ada, "CONFIRM")
    else:
        desk.does(how, job)
    desk.wait(minutes=19)
    assert (desk.told(ada)[-1], desk.told(client)) == ("approved", ["approved_client"])
    for who in (ada, client):
        assert "remind" not in desk.last(who)
    assert client.name in desk.last(ada)
    assert "reminder" not in desk.timers(job)
    assert desk.attention(job) is None


def test_confirmation_before_the_lead_is_followed_by_the_reminder(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada, "40m")
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert "We will remind you" in desk.last(ada)
    desk.wait(minutes=15)
    assert desk.news(ada) == ["reminder_agent"]
    assert desk.told(client_of(job)) == ["approved_client", "reminder_client"]
