"""A client can't be informed: operations see the job until somebody has called."""

import pytest

from sandbox.twilio import FaultKind, PretendTwilio
from tests.office import Office
from tests.pretending import report
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned, pending


@pytest.mark.parametrize("code", [63024, 63032])
def test_job_whose_client_can_not_be_informed_needs_attention_until_the_client_writes(
    desk: StoryDesk, twilio: PretendTwilio, office: Office, ada: Person, code: int
) -> None:
    job = assigned(desk, ada)
    client = client_of(job)
    twilio.faults.set(client.phone, FaultKind.REFUSED, code=code)
    assert desk.says(ada, "CONFIRM") == ["approved"]
    assert (desk.attention(job), office.reasons()) == ("client_not_reached", ["client_not_reached"])
    assert client.phone not in str(office.alarms)
    desk.says(ada, "BEGIN")
    assert desk.attention(job) == "client_not_reached"  # it outlasts the agent's steps
    twilio.faults.clear()
    if code == 63024:
        desk.says(client, "Thanks")
    else:
        desk.does("end_attention", job, reason="client_not_reached")
    assert desk.attention(job) is None


def test_receipt_of_a_failure_and_a_withheld_message_need_attention(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    job = approved(desk, ada)
    report(twilio.sent_to(client_of(job).phone)[-1], "undelivered", 63024)
    desk.work()
    assert desk.attention(job) == "client_not_reached"
    desk.does("end_attention", job, reason="client_not_reached")
    assert desk.attention(job) is None
    desk.wait_for(job, "reminder")  # it is withheld, as the client can't be reached
    assert desk.attention(job) == "client_not_reached"


def test_expiry_and_cancellation_that_no_client_learns_of_need_attention(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    jobs = [pending(desk, ada, "1h"), pending(desk, ada, "2d")]
    for job in jobs:
        twilio.faults.set(client_of(job).phone, FaultKind.REFUSED, code=63032)
    desk.wait_for(jobs[0], "expiry")
    desk.does("cancel", jobs[1])
    assert [desk.attention(job) for job in jobs] == ["client_not_reached"] * 2


def test_only_reasons_that_a_person_ends_can_be_ended_by_hand(desk: StoryDesk) -> None:
    job = desk.asks()
    refused = desk.does("end_attention", job, reason="no_agent", expect=422)
    assert list(refused["errors"]) == ["reason"]
    assert desk.attention(job) == "no_agent"
    desk.does("end_attention", job, reason="needs_answer")  # it does not stand: nothing changes
    assert desk.attention(job) == "no_agent"
