"""The number of an agent or a client changes while messages wait: nobody gets what was meant for somebody else."""

import pytest

from dispatch.models import Message
from sandbox.twilio import PretendTwilio
from sandbox.twilio.faults import FaultKind
from tests.pretending import report, ripen
from tests.stories.desk import StoryDesk
from tests.stories.people import Job, Person, client_of
from tests.stories.ways import INTO, approved, assigned, pending

NEW = "+2348039990001"
SECRETS = {"notes": "Gate code 4711"}


def moves(desk: StoryDesk, who: Person, phone: str = NEW) -> Person:
    """Give an agent another number, and return the agent with it."""
    desk.changes(who, phone=phone)
    return Person(who.name, phone, who.id)


def comes_back(desk: StoryDesk, twilio: PretendTwilio) -> None:
    """Let all phones answer again, and try what waits."""
    for fault in twilio.faults.all():
        if fault.kind == FaultKind.TOO_MANY:
            twilio.faults.clear(fault.phone, fault.kind)
    for message in Message.objects(status="queued"):
        ripen(message)
    desk.sweep()


def waiting_news(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> Job:
    """Return an approved job whose agent's phone is away while its notes change."""
    job = approved(desk, ada)
    twilio.faults.set(ada.phone, FaultKind.TOO_MANY)
    desk.puts(job, **SECRETS)
    assert desk.message(ada, job, "details_changed").status == "queued"
    desk.no_news()
    return job


def test_waiting_news_goes_to_the_agents_new_number_and_never_to_the_next_agent_with_the_old_one(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    waiting_news(desk, twilio, ada)
    there = moves(desk, ada)
    chidi = desk.hires("Chidi", phone=ada.phone)
    comes_back(desk, twilio)
    assert desk.told(there) == ["details_changed"]
    assert "4711" in desk.last(there)
    assert "4711" not in "".join(desk.texts(chidi))
    assert "details_changed" not in desk.told(chidi)


def test_message_written_from_an_old_reading_of_the_agent_goes_to_the_new_number(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    """A worker has read the agent, and writes the message after the number has changed."""
    job = waiting_news(desk, twilio, ada)
    there = moves(desk, ada)
    Message.objects(job=job["id"], kind="details_changed").update(phone=ada.phone)
    comes_back(desk, twilio)
    assert desk.told(there) == ["details_changed"]
    assert "details_changed" not in desk.told(ada)


def test_client_of_an_approved_visit_is_told_the_agents_new_number_once(desk: StoryDesk, ada: Person) -> None:
    jobs = [INTO[state](desk, ada) for state in ("approved", "in_progress", "assigned")]
    desk.no_news()
    there = moves(desk, ada)
    desk.changes(there)
    desk.sweep()
    told = [desk.news(client_of(job)) for job in jobs]
    assert told == [["agent_number"], ["agent_number"], []]
    assert NEW in desk.last(client_of(jobs[0]))
    assert desk.says(there, f"CONFIRM {jobs[2]['code']}") == ["approved"]
    assert desk.news(client_of(jobs[2])) == ["approved_client"]
    assert NEW in desk.last(client_of(jobs[2]))


def test_client_is_told_only_the_latest_of_two_numbers(desk: StoryDesk, twilio: PretendTwilio, ada: Person) -> None:
    client = client_of(approved(desk, ada))
    desk.no_news()
    twilio.faults.set(client.phone, FaultKind.TOO_MANY)
    moves(desk, moves(desk, ada), "+2348039990002")
    comes_back(desk, twilio)
    assert desk.news(client) == ["agent_number"]
    assert "+2348039990002" in desk.last(client)


def test_agent_is_written_to_at_the_new_number_and_heard_there(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    there = moves(desk, ada)
    desk.no_news()
    assert desk.says(there, f"CONFIRM {job['code']}") == ["approved"]
    desk.wait_for(job, "reminder")
    assert (desk.news(there), desk.news(ada)) == (["reminder_agent"], [])


def test_answer_about_a_number_is_withdrawn_when_it_is_no_longer_the_agents(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person
) -> None:
    twilio.faults.set(ada.phone, FaultKind.TOO_MANY)
    desk.says(ada, "STOP")
    there = moves(desk, ada)
    chidi = desk.hires("Chidi", phone=ada.phone)
    comes_back(desk, twilio)
    assert "opted_out" not in desk.told(there) + desk.told(chidi)


def test_news_for_a_deleted_agent_is_not_sent_to_the_next_agent_with_their_number(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, bisi: Person
) -> None:
    job = pending(desk, ada)
    twilio.faults.set(ada.phone, FaultKind.TOO_MANY)
    desk.says(bisi, f"YES {job['code']}")
    assert desk.message(ada, job, "taken").status == "queued"
    desk.call("DELETE", f"/api/agents/{ada.id}", expect=204)
    chidi = desk.hires("Chidi", phone=ada.phone)
    desk.no_news()
    comes_back(desk, twilio)
    assert "taken" not in desk.told(chidi)
    assert desk.message(ada, job, "taken").status == "withdrawn"


@pytest.mark.parametrize("state", ["approved", "cancelled"])
def test_waiting_message_to_a_client_goes_to_their_new_number(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, state: str
) -> None:
    job = assigned(desk, ada)
    client = client_of(job)
    twilio.faults.set(client.phone, FaultKind.TOO_MANY)
    desk.says(ada, f"CONFIRM {job['code']}")
    if state == "cancelled":
        desk.does("cancel", job)
    desk.call("PUT", f"/api/clients/{client.id}", {"name": client.name, "phone": NEW})
    other = desk.asks(client__client_id="another", client__phone=client.phone)
    comes_back(desk, twilio)
    told = desk.told(Person("John", NEW))
    assert told == (["approved_client"] if state == "approved" else ["cancelled_client"])
    assert desk.told(client_of(other)) == []


@pytest.mark.parametrize("who", ["agent", "client"])
def test_message_that_failed_at_the_old_number_is_tried_at_the_new_one(
    desk: StoryDesk, twilio: PretendTwilio, ada: Person, who: str
) -> None:
    """The report arrives after the number has changed: it is about the old number."""
    job = approved(desk, ada)
    there, client = Person("Ada", NEW, ada.id), client_of(job)
    person, kind = (ada, "approved") if who == "agent" else (client, "approved_client")
    old = next(sent for sent in twilio.sent_to(person.phone) if sent.sid == desk.message(person, job, kind).twilio_sid)
    if who == "agent":
        moves(desk, ada)
    else:
        desk.call("PUT", f"/api/clients/{client.id}", {"name": client.name, "phone": NEW})
    report(old, "undelivered", 63024)
    desk.work()
    desk.sweep()
    assert kind in desk.told(there)
    assert desk.call("GET", f"/api/{'agents' if who == 'agent' else 'clients'}/{person.id}")["unreachable"] is False
    [first, second] = desk.message(there, job, kind).attempts
    assert (first["to"], first["state"], second["to"]) == (person.phone, "undelivered", NEW)
