"""Withdrawing: what no longer holds when its turn comes is not sent, and costs no slot."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch import broker
from dispatch.actions import rounds, sending
from dispatch.models import Agent, Client, Job, Message, Offer, OfferState
from dispatch.models.record import utc_now
from dispatch.rules.job_states import JobState
from dispatch.whatsapp import pacing
from sandbox.twilio.faults import FaultKind
from tests.builders import a_job, a_phone, an_agent
from tests.pretending import a_message, now_of, ripen, send, states
from tests.waiting import until


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
    Agent.opt_out(agent.id, utc_now())
    return a_message("taken", job=a_job().id, agent=agent.id, phone=agent.phone)


def to_a_client_who_said_stop(agent):
    phone = a_phone()
    Client.remember({"client_id": "c1", "name": "John", "phone": phone}, utc_now())
    Client.opt_out(phone, utc_now())
    return a_message("completed_client", job=a_job().id, client_id="c1", phone=phone)


def reminder_of_a_cancelled_job(agent):
    job = an_assigned_job(agent)
    Job.move(job.id, JobState.CANCELLED, utc_now())
    return a_message("reminder_agent", job=job.id, agent=agent.id, phone=agent.phone)


OUTDATED = [offer_of_a_taken_job, offer_that_was_closed, details_for_somebody_elses_job, to_an_agent_who_said_stop,
            to_a_client_who_said_stop, reminder_of_a_cancelled_job]  # fmt: skip


@pytest.mark.parametrize("outdated", OUTDATED, ids=lambda builder: builder.__name__)
def test_what_no_longer_holds_is_withdrawn(twilio, outdated):
    message = outdated(an_agent())
    send(message)
    assert states(message) == ("withdrawn", [])
    assert now_of(message).next_attempt_at is None
    assert twilio.attempts == []


def open_offer(agent):
    job = a_job()
    return a_message("offer", job=job.id, offer=an_offer(agent, job).id, agent=agent.id, phone=agent.phone)


def details_for_the_winner(agent):
    return a_message("assigned", job=an_assigned_job(agent).id, agent=agent.id, phone=agent.phone)


def the_confirmation_of_a_stop(agent):
    Agent.opt_out(agent.id, utc_now())
    return a_message("opted_out", agent=agent.id, phone=agent.phone)


@pytest.mark.parametrize(
    "holds", [open_offer, details_for_the_winner, the_confirmation_of_a_stop], ids=lambda builder: builder.__name__
)
def test_what_holds_is_sent(twilio, holds):
    message = holds(an_agent())
    send(message)
    assert states(message) == ("accepted", ["accepted"])


def test_what_was_withdrawn_costs_no_slot(twilio):
    agent = an_agent()
    job = a_job()
    [offer] = Offer.make(job.id, job.round, job.plan, [agent.id], utc_now())
    message = a_message("offer", job=job.id, offer=offer.id, agent=agent.id, phone=agent.phone, lane="bulk")
    rounds.close_round(job, job.round, OfferState.TAKEN)
    send(message, lane="bulk")
    assert broker.client().keys("dispatch:pace:*") == []
    send(a_message(), lane="bulk")
    assert len(broker.client().keys("dispatch:pace:*")) == 2


def test_what_is_withdrawn_while_its_chunk_waits_costs_no_slot(twilio, monkeypatch):
    slots, reserve = [], pacing.reserve
    monkeypatch.setattr(pacing, "reserve", lambda key, rate: slots.append(key) or reserve(key, rate))
    monkeypatch.setattr(sending, "SEND_THREADS", 1)
    first, second, third = (a_message() for _ in range(3))
    twilio.faults.set(first.phone, FaultKind.LATENCY, seconds=0.3)
    with ThreadPoolExecutor(1) as thread:
        under_way = thread.submit(send, first, second, third)
        until(lambda: twilio.attempts)
        Message.withdraw({"_id": second.id})
        under_way.result()
    assert len(slots) == len(twilio.attempts) == 2


def test_a_message_withdrawn_during_a_failing_post_is_not_tried_again(twilio):
    """Its offer was closed while the POST was under way, so nothing could take it back."""
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
