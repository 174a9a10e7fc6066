"""The why-endpoint explains real situations of one job and one agent, without any details of the client."""

from datetime import timedelta

import pytest

from dispatch.actions.clock import due
from dispatch.actions.inbox import handling
from dispatch.actions.jobs import cancel, claims, events, release
from dispatch.actions.outbox import outcomes
from dispatch.actions.people import agents as people_agents
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.models.base.record import server_now, utc_now
from dispatch.rules import failures
from dispatch.rules.outbox.states import MessageState
from tests.api.documented import DOCUMENT, assert_fits
from tests.builders import a_job, an_agent, an_offered_job, heard, lease

PATH = "/api/jobs/{job_id}/agents/{agent}"
SCHEMA = DOCUMENT["paths"][PATH]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
SECRETS = {
    "client__name": "Zainab Secret",
    "client__phone": "+2348055555555",
    "client__email": "zs@example.com",
    "client__client_id": "client_secret",
    "notes": "Gate code 4711",
}


def asked(api, job, agent):
    """Return the answer about the two, after checking it against the documentation and for client details."""
    answer = api.get(f"/api/jobs/{job.id}/agents/{agent.id}")
    assert answer.status_code == 200, answer.text
    assert_fits(answer.json, SCHEMA)
    assert not [secret for secret in SECRETS.values() if secret in answer.text]
    assert "not known yet" not in answer.json["explanation"]
    return answer.json


def assert_why(api, job, agent, because, part):
    """Check the cause, and that the sentence is the one with this part."""
    answer = asked(api, job, agent)
    assert answer["because"] == because
    assert part in answer["explanation"]


def offered(*agents):
    """Return a job that was just offered to all active agents, with unsent messages."""
    job = a_job(**SECRETS)
    events.follow_up(job.id, utc_now())
    return job


def says(agent, text):
    handling.handle(heard(agent, text).id)


def settle(job):
    claims.settle(job.id, server_now() + timedelta(minutes=1))


def send(job, state=MessageState.DELIVERED, **more):
    """Let each of a job's offers be sent, with this outcome."""
    for message in Message.objects(kind="offer", job=job.id, status="queued"):
        lease(message.id, utc_now())
        Message.outcome(message.id, 1, state, utc_now(), sid=f"SM{message.id}", **more)


def test_answer_has_agent_offer_message_and_explanation(api):
    agent = an_agent(name="Ada Obi")
    job = offered()
    send(job)
    told = asked(api, job, agent)
    offer, message = Offer.objects.get(), Message.objects.get()
    assert told == {
        "agent_phone": agent.phone,
        "agent_name": "Ada Obi",
        "agent_status": "active",
        "opted_out": False,
        "offer": api.get(f"/api/jobs/{job.id}/offers").json[0],
        "offer_message": {
            "id": str(message.id),
            "status": "delivered",
            "error_code": None,
            "created_at": message.created_at.isoformat(),
            "sent_at": None,
            "delivered_at": message.delivered_at.isoformat(),
            "read_at": None,
        },
        "because": "not_answered",
        "explanation": "The offer was delivered to the agent's phone; they have not replied.",
    }
    assert told["offer"]["id"] == str(offer.id)
    assert api.get(f"/api/messages/{message.id}").status_code == 200


def test_agent_is_found_by_either_id_or_by_phone_number(api):
    agent, job = an_agent(phone="+2348031234567", agent_id="agent_007"), a_job()
    for key in (agent.id, "agent_007", "+2348031234567", "%2B2348031234567", "08031234567", "0803-123-4567"):
        answer = api.get(f"/api/jobs/{job.id}/agents/{key}")
        assert (answer.status_code, answer.json.get("agent_phone")) == (200, agent.phone), key


def test_id_that_looks_like_a_number_comes_before_the_number(api):
    an_agent(phone="+2348031234567")
    named = an_agent(agent_id="08031234567")
    assert api.get(f"/api/jobs/{a_job().id}/agents/08031234567").json["agent_phone"] == named.phone


@pytest.mark.parametrize("key", ["65f000000000000000000000", "nobody", "+2348099999999", "%00", "%2B", "0" * 300])
def test_unknown_agent_gives_404(api, key):
    answer = api.get(f"/api/jobs/{a_job().id}/agents/{key}")
    assert (answer.status_code, answer.json["message"]) == (404, "There is no such agent.")


def test_deleted_agent_gives_404(api):
    agent, job = an_agent(), a_job()
    Agent.remove(agent.id, utc_now())
    assert api.get(f"/api/jobs/{job.id}/agents/{agent.id}").status_code == 404


@pytest.mark.parametrize("job_id", ["65f000000000000000000000", "nonsense", "%00"])
def test_unknown_job_gives_404(api, job_id):
    answer = api.get(f"/api/jobs/{job_id}/agents/{an_agent().id}")
    assert (answer.status_code, answer.json["message"]) == (404, "There is no such job.")


def test_winner_and_slower_agents_are_explained(api):
    first, second, silent = an_agent(), an_agent(), an_agent()
    job = offered()
    send(job)
    says(first, "YES")
    assert_why(api, job, first, "claimed", "replied YES on")
    says(second, "yes")
    settle(job)
    assert_why(api, job, first, "theirs", "The agent has this job")
    assert_why(api, job, second, "taken_by_another", "another agent was faster")
    assert_why(api, job, silent, "taken_by_another", "had not replied when")
    says(silent, "YES")
    assert_why(api, job, silent, "taken_by_another", "another agent was faster")


def test_agents_who_gave_a_job_back_or_were_removed_are_explained(api):
    agents = [an_agent(), an_agent()]
    job = offered()
    send(job)
    says(agents[0], "YES")
    settle(job)
    for message in Message.objects(kind="assigned"):
        lease(message.id, utc_now())
    says(agents[0], "RELEASE")
    events.follow_up(job.id, utc_now())
    told = asked(api, job, agents[0])
    assert (told["because"], told["offer"]["state"]) == ("released", "released")
    assert "gave the job back on" in told["explanation"]
    assert_why(api, job, agents[1], "offer_pending", "is queued; next attempt on")
    send(job)
    says(agents[1], "YES")
    settle(job)
    release.release(job.id, utc_now(), reason="agent")  # the platform may give any reason
    events.follow_up(job.id, utc_now())
    assert_why(api, job, agents[1], "released", "removed from the job on")
    Agent.objects(pk=agents[1].id).update(status="suspended")
    assert_why(api, job, agents[1], "released", "removed from the job on")
    answer = api.put(f"/api/jobs/{job.id}", json={"property": {"address": "7 Elsewhere Road, Lagos"}})
    assert answer.status_code == 200
    events.follow_up(job.id, utc_now())
    assert [asked(api, job, agent)["because"] for agent in agents] == ["offer_pending", "agent_unavailable"]


@pytest.mark.parametrize(
    ("state", "code", "because"),
    [
        pytest.param(MessageState.ACCEPTED, None, "not_delivered", id="accepted"),
        pytest.param(MessageState.SENT, None, "not_delivered", id="sent"),
        pytest.param(MessageState.READ, None, "not_answered", id="read"),
        pytest.param(MessageState.FAILED, 63016, "message_failed", id="failed"),
        pytest.param(MessageState.UNDELIVERED, 63024, "message_failed", id="undelivered"),
        pytest.param(MessageState.UNKNOWN, None, "offer_pending", id="unknown"),
    ],
)
def test_state_of_the_offers_message_is_explained(api, state, code, because):
    agent = an_agent()
    job = offered()
    again_at = utc_now() + timedelta(seconds=9) if state == MessageState.UNKNOWN else None
    send(job, state, error_code=code, again_at=again_at)
    told = asked(api, job, agent)
    assert (told["because"], told["offer_message"]["error_code"]) == (because, code)
    assert not code or str(code) in told["explanation"]


def test_unsent_message_is_explained(api):
    agent = an_agent()
    job = offered()
    message = Message.objects.get()
    assert_why(api, job, agent, "offer_pending", "is queued; next attempt on")
    leased = lease(message.id, utc_now())
    assert_why(api, job, agent, "offer_pending", "being sent")
    outcomes.report(leased, 1, MessageState.FAILED, utc_now(), sid=None, error_code=63018)
    told = asked(api, job, agent)
    assert told["because"] == "offer_pending"
    assert "is not sent yet (attempts: 1, the last failed with error 63018)" in told["explanation"]
    assert f"{Message.objects.get().not_before:%H:%M:%S}" in told["explanation"]


def test_replies_are_explained(api):
    agent = an_agent()
    job, other = offered(), offered()
    send(job)
    send(other)
    message = heard(agent, "Maybe after lunch?")
    assert_why(api, job, agent, "reply_not_handled", "is not handled yet")
    handling.handle(message.id)
    assert_why(api, job, agent, "reply_unclear", "did not understand")
    says(agent, "YES")
    assert {asked(api, each, agent)["because"] for each in (job, other)} == {"reply_unclear"}
    says(agent, f"no {job.code}")
    assert_why(api, job, agent, "declined", "replied NO")
    assert_why(api, other, agent, "not_answered", "delivered to the agent's phone")


def test_parked_reply_is_explained(api):
    agent = an_agent()
    job = offered()
    send(job)
    parked = Message.lease_next(heard(agent, "YES").phone, utc_now())
    Message.objects(pk=parked.id).update(set__tries=failures.MOST_TRIES)
    Message.failed(Message.get(parked.id), failures.Failure("KeyError in dispatch.x:y"), utc_now())
    assert_why(api, job, agent, "reply_not_handled", "manual retry needed")


def test_question_about_other_jobs_does_not_count_as_a_reply(api):
    agent = an_agent()
    for _ in range(2):
        theirs = an_offered_job()
        says(agent, "YES")
        settle(theirs)
    job = offered()
    send(job)
    for message in Message.objects(kind="assigned"):
        lease(message.id, utc_now())
    says(agent, "CONFIRM")
    assert Message.objects(kind="ask_back").count() == 1
    assert_why(api, job, agent, "not_answered", "delivered to the agent's phone")


def test_offer_that_arrived_after_the_job_was_taken_is_explained(api):
    quick, slow = an_agent(), an_agent()
    job = offered()
    send(job, MessageState.SENT)
    says(quick, "YES")
    settle(job)
    assert_why(api, job, slow, "not_delivered", "is not delivered")
    message = Message.objects.get(kind="offer", phone=slow.phone)
    Message.outcome(message.id, 1, MessageState.READ, utc_now() + timedelta(seconds=1))
    assert_why(api, job, slow, "taken_by_another", "arrived on")


def test_agents_who_are_not_active_are_explained(api):
    job, stopped, failed = None, an_agent(), an_agent()
    suspended, inactive = an_agent(status="suspended"), an_agent(status="inactive")
    job = offered()
    for message in Message.objects(kind="offer", phone=failed.phone):
        leased = lease(message.id, utc_now())
        outcomes.report(leased, 1, MessageState.UNDELIVERED, utc_now(), sid="SM1", error_code=63014)
    says(stopped, "STOP")
    told = asked(api, job, stopped)
    assert (told["because"], told["opted_out"], told["offer"]["state"]) == ("agent_unavailable", True, "closed")
    assert told["offer_message"]["status"] == "withdrawn"
    assert_why(api, job, failed, "message_failed", "message failed with")
    told = asked(api, job, suspended)
    assert (told["because"], told["offer"], told["offer_message"]) == ("agent_unavailable", None, None)
    assert_why(api, job, inactive, "agent_unavailable", "is inactive")
    says(stopped, "START")
    assert_why(api, job, stopped, "offer_pending", "status has just changed")
    people_agents.follow_agent(stopped.id, utc_now())
    assert_why(api, job, stopped, "offer_pending", "is queued; next attempt on")


def test_agents_who_became_active_later_are_explained(api):
    job = a_job(**SECRETS)
    early = an_agent()
    assert_why(api, job, early, "offer_pending", "being offered at this moment")
    events.follow_up(job.id, utc_now())
    late = an_agent()
    assert_why(api, job, late, "active_too_late", "late joiners")
    Agent.objects(pk=late.id).update(created_at=job.created_at - timedelta(days=1))
    assert_why(api, job, late, "unexpected", "save the agent again (PUT)")
    send(job)
    says(early, "YES")
    settle(job)
    assert_why(api, job, late, "active_too_late", "taken before this agent became active")
    assert_why(api, job, an_agent(), "active_too_late", "was added on")


def test_job_held_for_another_agent_is_explained(api):
    keeper, other = an_agent(), an_agent()
    first = offered()
    send(first)
    says(keeper, "YES")
    settle(first)
    job = offered()
    told = asked(api, job, other)
    due_at = Timer.objects.get(job=job.id, kind="hold").due_at
    assert (told["because"], told["offer"]) == ("held_for_another", None)
    assert f"{due_at:%Y-%m-%d at %H:%M:%S} UTC" in told["explanation"]
    assert_why(api, job, keeper, "offer_pending", "is queued; next attempt on")
    send(job)
    says(keeper, "YES")
    settle(job)
    assert_why(api, job, other, "held_for_another", "who took it")
    third = offered()
    timer = Timer.objects.get(job=third.id, kind="hold")
    due.fire(timer.id, timer.due_at, timer.due_at)
    events.follow_up(third.id, timer.due_at)
    assert_why(api, third, other, "offer_pending", "is queued; next attempt on")
    between = an_agent()  # joined while the job was held
    assert_why(api, third, between, "unexpected", "save the agent again (PUT)")
    send(third)
    says(other, f"YES {third.code}")
    settle(third)
    assert_why(api, third, between, "active_too_late", "taken before this agent became active")


def test_cancelled_job_is_explained(api):
    read, unsent, never = an_agent(), an_agent(), an_agent(status="inactive")
    job = offered()
    message = Message.objects.get(phone=read.phone)
    lease(message.id, utc_now())
    Message.outcome(message.id, 1, MessageState.READ, utc_now(), sid="SM1")
    cancel.cancel(job.id, utc_now(), "Zainab Secret is ill")
    events.follow_up(job.id, utc_now())
    assert_why(api, job, read, "job_over", "was cancelled before")
    assert_why(api, job, unsent, "offer_withdrawn", "closed before its message was sent")
    assert asked(api, job, never)["explanation"].endswith("; the job is now cancelled.")


def test_expired_job_and_job_about_to_expire_are_explained(api):
    agent = an_agent()
    job = offered()
    late = an_agent()
    Agent.objects(pk=late.id).update(created_at=job.created_at - timedelta(days=1))
    send(job)
    Job.objects(pk=job.id).update(starts_at=utc_now())
    assert_why(api, job, late, "job_over", "visit time has come")
    Timer.objects(job=job.id, kind="expiry").update(due_at=Job.get(job.id).starts_at)
    timer = Timer.objects.get(job=job.id, kind="expiry")
    due.fire(timer.id, timer.due_at, utc_now())
    told = asked(api, job, agent)
    assert (told["because"], told["offer"]["state"]) == ("not_answered", "closed")
    assert told["explanation"].endswith("; the job is now expired.")
    assert_why(api, job, late, "job_over", "expired before")


def test_completed_visit_is_explained(api):
    agent = an_agent()
    job = an_offered_job("90m")
    for text in ("YES", "CONFIRM", "COMPLETE"):
        says(agent, text)
        settle(job)
        for message in Message.objects(status="queued"):
            lease(message.id, utc_now())
    assert_why(api, job, agent, "theirs", "has completed it")


def test_message_before_the_offer_does_not_count_as_a_reply(api):
    agent = an_agent()
    says(agent, "Maybe after lunch?")
    job = offered()
    send(job)
    assert_why(api, job, agent, "not_answered", "delivered to the agent's phone")
