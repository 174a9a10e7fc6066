"""Timers on a running desk: armed by beat from the database, fired by an ETA task at their time."""

import pytest

from dispatch.models.base.record import utc_now
from tests.builders import a_job, an_agent
from tests.live.desk import LiveDesk
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("in_its_database")


def test_a_pending_job_expires_at_its_start(desk: LiveDesk) -> None:
    """Nobody took it: the client is told once, and a YES afterwards hears that it is gone."""
    agent = an_agent()
    job = a_job(starts_in="4s")
    desk.twilio.wait_for(agent.phone, text="New inspection")
    desk.wait_for_status(str(job.id), "expired")
    assert utc_now() >= job.starts_at
    desk.twilio.wait_for(job.client_details["phone"], text="no agent was free in time")
    desk.twilio.say(agent.phone, "yes")
    desk.twilio.wait_for(agent.phone, text="is no longer open")
    assert len(desk.twilio.sent_to(job.client_details["phone"])) == 1


def test_the_reminder_comes_at_its_time(desk: LiveDesk) -> None:
    """Approved before the lead: agent and client are reminded when it is reached, not earlier, each once."""
    agent = an_agent()
    job = a_job(starts_in="1805s")
    client = job.client_details["phone"]
    desk.twilio.wait_for(agent.phone, text="New inspection")
    desk.twilio.say(agent.phone, "yes")
    desk.twilio.wait_for(agent.phone, text="is yours")
    desk.twilio.say(agent.phone, "confirm")
    desk.wait_for_status(str(job.id), "approved")
    reminder = desk.twilio.wait_for(agent.phone, 15, text="Reminder")
    assert client in reminder.body
    assert 1795 < (job.starts_at - reminder.accepted_at).total_seconds() <= 1800
    desk.twilio.wait_for(client, text="A reminder")
    until(lambda: [e["name"] for e in desk.get(f"/api/jobs/{job.id}/timeline")].count("reminded") == 1)
    assert sum("eminder" in message.body for message in desk.twilio.outbox) == 2
