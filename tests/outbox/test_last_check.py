"""The last check: a message that does not hold any more is withdrawn before it is sent, and needs no slot."""

from functools import partial

import pytest
from bson import ObjectId

from dispatch import redis_client
from dispatch.actions.offers import rounds
from dispatch.actions.outbox import batches
from dispatch.actions.people import decisions
from dispatch.channels.whatsapp import client, pacing
from dispatch.models import Client, Job, Message, Offer, OfferState
from dispatch.models.base.record import utc_now
from dispatch.rules.jobs.states import JobState
from sandbox.twilio.faults import FaultKind
from tests.builders import a_job, a_phone, an_agent, duration
from tests.pretending import a_message, now_of, ripen, send, states


def an_offer(agent, job, state=OfferState.OPEN):
    [offer] = Offer.make(job.id, job.round, job.plan, [agent.id], utc_now())
    if state != OfferState.OPEN:
        Offer.close(offer.id, state)
    return offer


def an_assigned_job(agent, **changes):
    return Job.move(a_job().id, JobState.ASSIGNED, utc_now(), change={"agent": agent.id, **changes}, agent=agent.id)


def offer_of_a_taken_job(agent):
    return a_message("offer", job=an_assigned_job(an_agent()).id, agent=agent.id, phone=agent.phone)


def offer_that_was_closed(agent):
    job = a_job()
    offer = an_offer(agent, job, OfferState.CLOSED)
    return a_message("offer", job=job.id, offer=offer.id, agent=agent.id, phone=agent.phone)


def details_for_somebody_elses_job(agent):
    return a_message("assigned", job=an_assigned_job(an_agent()).id, agent=agent.id, phone=agent.phone)


def to_an_agent_who_said_stop(agent):
    decisions.opt_out(agent.phone, utc_now())
    return a_message("taken", job=a_job().id, agent=agent.id, phone=agent.phone)


def to_a_client_who_said_stop(agent):
    phone = a_phone()
    Client.remember({"client_id": "c1", "name": "John", "phone": phone}, utc_now())
    decisions.opt_out(phone, utc_now())
    job = a_job(client__client_id="c1", client__phone=phone)
    return a_message("completed_client", job=job.id, client_id="c1", phone=phone)


def reminder_of_a_cancelled_job(agent):
    job = an_assigned_job(agent)
    Job.move(job.id, JobState.CANCELLED, utc_now())
    return a_message("reminder_agent", job=job.id, agent=agent.id, phone=agent.phone)


def an_approved_job(agent, starts_in="2d"):
    job = an_assigned_job(agent)
    starts_at = utc_now() + duration(starts_in)
    return Job.move(job.id, JobState.APPROVED, utc_now(), change={"starts_at": starts_at})


def reminder_of_a_visit_that_has_begun(agent):
    return a_message("reminder_agent", job=an_approved_job(agent, "-1s").id, agent=agent.id, phone=agent.phone, plan=1)


def clients_reminder_of_a_visit_that_has_begun(agent):
    job = an_approved_job(agent, "-1s")
    return a_message("reminder_client", job=job.id, client_id="c1", about=agent.id, plan=1)


def nudge_of_one_who_has_confirmed(agent):
    return a_message("nudge", job=an_approved_job(agent).id, agent=agent.id, phone=agent.phone)


def question_whether_it_is_over_to_one_who_has_said_so(agent):
    job = an_approved_job(agent)
    Job.move(job.id, JobState.COMPLETED, utc_now())
    return a_message("ask_completed", job=job.id, agent=agent.id, phone=agent.phone)


def explanation_of_an_offer_that_was_taken(agent):
    return a_message("explain_offered", job=an_assigned_job(an_agent()).id, agent=agent.id, phone=agent.phone, plan=1)


def explanation_of_an_offer_with_an_old_time(agent):
    job = a_job()
    Job.collection().update_one({"_id": job.id}, {"$set": {"plan": 2}})
    return a_message("explain_offered", job=job.id, agent=agent.id, phone=agent.phone, plan=1)


def that_it_went_to_another_to_whom_it_has_come_since(agent):
    return a_message("taken", job=an_assigned_job(agent).id, agent=agent.id, phone=agent.phone)


def offer_of_a_job_that_there_is_not(agent):
    return a_message("explain_offered", job=ObjectId(), agent=agent.id, phone=agent.phone)


OUTDATED = [
    offer_of_a_taken_job,
    offer_that_was_closed,
    details_for_somebody_elses_job,
    to_an_agent_who_said_stop,
    to_a_client_who_said_stop,
    reminder_of_a_cancelled_job,
    reminder_of_a_visit_that_has_begun,
    clients_reminder_of_a_visit_that_has_begun,
    nudge_of_one_who_has_confirmed,
    question_whether_it_is_over_to_one_who_has_said_so,
    explanation_of_an_offer_that_was_taken,
    explanation_of_an_offer_with_an_old_time,
    that_it_went_to_another_to_whom_it_has_come_since,
    offer_of_a_job_that_there_is_not,
]


@pytest.mark.parametrize("outdated", OUTDATED, ids=lambda builder: builder.__name__)
def test_a_message_that_does_not_hold_any_more_is_withdrawn_without_a_post(twilio, outdated):
    message = outdated(an_agent())
    send(message)
    assert states(message) == ("withdrawn", [])
    assert now_of(message).next_attempt_at is None
    assert twilio.attempts == []


@pytest.mark.parametrize(
    ("reminder", "noted"), [(reminder_of_a_visit_that_has_begun, 1), (reminder_of_a_cancelled_job, 0)]
)
def test_a_reminder_withdrawn_after_the_start_is_noted_on_the_timeline_once(twilio, reminder, noted):
    message = reminder(an_agent())
    for _ in range(2):
        Message.collection().update_one({"_id": message.id}, {"$set": {"status": "queued"}})
        send(message)
    names = [event["name"] for event in Job.objects.get(pk=message.job).timeline]
    assert names.count("reminder_missed") == noted


def open_offer(agent):
    job = a_job()
    return a_message("offer", job=job.id, offer=an_offer(agent, job).id, agent=agent.id, phone=agent.phone)


def details_for_the_winner(agent):
    return a_message("assigned", job=an_assigned_job(agent).id, agent=agent.id, phone=agent.phone)


def reminder_in_time(agent):
    return a_message("reminder_agent", job=an_approved_job(agent).id, agent=agent.id, phone=agent.phone, plan=1)


def that_a_job_which_is_gone_was_cancelled(agent):
    return a_message("cancelled_agent", job=ObjectId(), agent=agent.id, phone=agent.phone)


def the_confirmation_of_a_stop(agent):
    decisions.opt_out(agent.phone, utc_now())
    return a_message("opted_out", agent=agent.id, phone=agent.phone)


@pytest.mark.parametrize(
    "holds",
    [
        open_offer,
        details_for_the_winner,
        the_confirmation_of_a_stop,
        reminder_in_time,
        that_a_job_which_is_gone_was_cancelled,
    ],
    ids=lambda builder: builder.__name__,
)
def test_a_message_that_still_holds_is_sent(twilio, holds):
    message = holds(an_agent())
    send(message)
    assert states(message) == ("accepted", ["accepted"])


def test_no_attempt_begins_at_a_number_that_the_agent_has_no_longer(api, twilio, intruder):
    """The platform changes the number between any two commands of the send."""

    def waiting():
        agent = an_agent()
        return agent, a_message(agent=agent.id, phone=agent.phone)

    def changes(agent, message, begun):
        begun += states(message)[1]
        assert api.put(f"/api/agents/{agent.id}", json={"name": "Ada", "phone": a_phone()}).status_code == 200

    _, message = waiting()
    late = 0
    for command in range(1, intruder.count(partial(send, message)) + 1):
        agent, message = waiting()
        begun = []
        intruder.amid(partial(send, message), command, partial(changes, agent, message, begun))
        late += bool(begun)
        assert begun or not [sent for sent in twilio.outbox if sent.phone == agent.phone], command
    assert late < command - 3  # the lease is not the first command


def test_a_withdrawn_message_needs_no_slot(twilio):
    agent = an_agent()
    job = a_job()
    [offer] = Offer.make(job.id, job.round, job.plan, [agent.id], utc_now())
    message = a_message("offer", job=job.id, offer=offer.id, agent=agent.id, phone=agent.phone, lane="bulk")
    rounds.close_round(job, job.round, OfferState.TAKEN)
    send(message, lane="bulk")
    assert redis_client.client().keys("dispatch:pace:*") == []
    send(a_message(), lane="bulk")
    assert len(redis_client.client().keys("dispatch:pace:*")) == 2


def test_a_message_withdrawn_while_its_chunk_waits_needs_no_slot(twilio, monkeypatch):
    slots, reserve = [], pacing.reserve
    monkeypatch.setattr(pacing, "reserve", lambda *asked: slots.extend(taken := reserve(*asked)) or taken)
    monkeypatch.setattr(batches, "SEND_THREADS", 1)
    first, second, third = (a_message() for _ in range(3))
    post = client.send

    def withdraw_and_post(*arguments, **more):
        Message.withdraw({"_id": second.id})
        return post(*arguments, **more)

    monkeypatch.setattr(client, "send", withdraw_and_post)
    send(first, second, third)
    assert len(slots) == len(twilio.attempts) == 2


def test_an_offer_closed_during_a_failing_post_is_not_retried(twilio):
    """The offer was closed during the POST, so its message could not be withdrawn at that moment."""
    agent, job = an_agent(), a_job()
    offer = an_offer(agent, job)
    message = a_message("offer", job=job.id, offer=offer.id, agent=agent.id, phone=agent.phone)
    twilio.faults.set(message.phone, FaultKind.TOO_MANY, count=1)
    send(message)
    Offer.close_of_agent(agent.id)
    ripen(message)
    send(message)
    assert states(message) == ("withdrawn", ["failed"])
    assert len(twilio.attempts) == 1
