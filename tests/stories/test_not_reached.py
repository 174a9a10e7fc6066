"""Every offer of a job fails: operations see it, and the offers go out again when messages arrive again."""

from sandbox.twilio import FaultKind, PretendTwilio
from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person

FOR_GOOD = 63032


def test_job_that_no_agent_can_have_heard_of_needs_attention_and_is_offered_again(
    desk: StoryDesk, twilio: PretendTwilio, office: Office, ada: Person, bisi: Person
) -> None:
    twilio.faults.set("*", FaultKind.REFUSED, code=FOR_GOOD)
    job = desk.asks()
    assert (desk.attention(job), office.reasons()) == ("not_reached", ["not_reached"])
    desk.wait(minutes=12)
    assert (desk.attention(job), desk.told(ada), desk.told(bisi)) == ("not_reached", [], [])
    twilio.faults.clear()
    desk.wait(minutes=11)
    assert (desk.told(ada), desk.told(bisi)) == (["offer"], ["offer"])
    assert desk.attention(job) is None
    desk.wait(minutes=30)
    assert (desk.told(ada), desk.told(bisi)) == (["offer"], ["offer"])
    assert desk.says(bisi, "YES") == ["assigned"]
    assert desk.news(ada)[-1] == "taken"
    assert "reach" not in desk.timers(job)


def test_job_that_one_agent_has_heard_of_needs_no_attention(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, bisi: Person
) -> None:
    twilio.faults.set(ada.phone, FaultKind.REFUSED, code=FOR_GOOD)
    job = desk.asks()
    assert (desk.attention(job), desk.told(bisi)) == (None, ["offer"])


def test_move_begins_another_round_that_reaches_the_agents(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    twilio.faults.set("*", FaultKind.REFUSED, code=FOR_GOOD)
    job = desk.asks()
    assert desk.attention(job) == "not_reached"
    twilio.faults.clear()
    desk.moves(job, "3d")
    assert (desk.attention(job), desk.told(ada)) == (None, ["offer"])


def test_job_whose_offers_wait_for_a_repair_needs_attention_until_they_arrive(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    twilio.faults.set("*", FaultKind.REFUSED, code=30002)
    job = desk.asks()
    assert desk.attention(job) == "not_reached"
    twilio.faults.clear()
    desk.wait(minutes=12)
    assert (desk.attention(job), desk.told(ada)) == (None, ["offer"])
