"""Timers of a running desk: beat reads them from the database, an ETA task fires them at their time."""

import pytest

from dispatch.models.base.record import utc_now
from tests.builders import a_job, an_agent
from tests.live.desk import LiveDesk
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("in_its_database")


def test_pending_job_expires_at_its_start(desk: LiveDesk) -> None:
    """The client is told once. A YES afterwards is answered that the job is no longer open."""
    agent = an_agent()
    job = a_job(starts_in="4s")
    desk.twilio.wait_for(agent.phone, text="New inspection")
    desk.wait_for_status(str(job.id), "expired")
    assert utc_now() >= job.starts_at
    desk.twilio.wait_for(job.client_details["phone"], text="no agent was free in time")
    desk.twilio.say(agent.phone, "yes")
    desk.twilio.wait_for(agent.phone, text="is no longer open")
    assert len(desk.twilio.sent_to(job.client_details["phone"])) == 1


def test_reminder_comes_at_its_time_once_for_agent_and_client(desk: LiveDesk) -> None:
    """The job is approved before the reminder is due."""
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
