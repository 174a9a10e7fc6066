"""Overload: 2,000 agents are offered one job, and a YES during the broadcast is settled at once."""

import pytest
from bson import ObjectId

from dispatch.models import Agent, Message, Offer
from tests.builders import a_job_body, a_phone, an_agent, an_agent_body
from tests.live.desk import LiveDesk
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("in_its_database")
CROWD = 2_000


def test_yes_is_handled_at_once_during_a_broadcast_to_thousands(desk: LiveDesk) -> None:
    """The first agent to get the offer replies YES at once, and so does an agent with an offer of an earlier job."""
    before = desk.post("/api/jobs/", a_job_body(starts_in="1d"))
    ada = desk.post("/api/agents/", an_agent_body())["phone"]
    desk.twilio.wait_for(ada, text=before["code"])
    one = an_agent().to_mongo().to_dict()
    crowd = [{**one, "_id": ObjectId(), "agent_id": f"crowd-{n}", "phone": a_phone()} for n in range(CROWD)]
    Agent.collection().insert_many(crowd)
    job = desk.post("/api/jobs/", a_job_body())
    first = desk.twilio.wait_for(job["code"], 20).phone
    desk.twilio.say(ada, f"yes {before['code']}")
    desk.twilio.wait_for(ada, 20, text="is yours")
    assert Offer.objects(job=job["id"]).count() < CROWD
    desk.twilio.say(first, f"yes {job['code']}")
    desk.twilio.wait_for(first, 20, text="is yours")
    assert Offer.objects(job=job["id"]).count() < CROWD
    until(lambda: Message.objects(next_attempt_at__ne=None).count() == 0, 40, "a desk at rest")
