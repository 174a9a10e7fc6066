"""Laws of a message at the moment in which it is posted to Twilio."""

import re
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from dispatch.models import Agent, Contact, Job, Message, Offer
from dispatch.rules.jobs.states import OWNED
from sandbox.twilio.exchange import Attempt

_HOUSE = re.compile(r"House \d+\.")
_OF_SILENCE = ("opted_out", "resumed")


def check(post: Attempt, client_phones: Collection[str]) -> None:
    """Raise AssertionError if this message should not be sent now."""
    message = Message.get(parse_qs(urlsplit(post.parameters["StatusCallback"]).query)["message"][0])
    assert message
    job, agent = Job.get(message.job), Agent.get(message.agent)
    what = f"{message.kind} to {message.phone}: {post.body!r}"
    if message.kind not in _OF_SILENCE:
        contact = Contact.of(post.parameters["To"].removeprefix("whatsapp:"))
        assert not (contact and contact.opted_out_at), f"sent after STOP: {what}"
    if job is None:
        return
    houses = set(_HOUSE.findall(post.body))
    assert houses <= {job.property_details["title"]}, f"an old time or place: {what}; now {job.property_details}"
    if agent:
        _check_to_agent(message, job, agent, set(client_phones), what)
    else:
        told = {known.phone: known.id for known in Agent.objects if known.phone in post.body}
        assert set(told.values()) <= {job.agent}, f"another agent's number: {what}"


def _check_to_agent(message: Message, job: Job, agent: Agent, client_phones: set[str], what: str) -> None:
    if any(phone in message.text for phone in client_phones):
        assert job.agent == agent.id, f"the client's number to somebody else: {what}"
        assert job.state in OWNED, f"the client's number when the job is {job.status}: {what}"
        if job.client_details["phone"] not in message.text and not job.unfollowed:
            newer = Message.objects(job=job.id, agent=agent.id, kind="details_changed", id__gt=message.id)
            assert newer.first(), f"the client's old number, and no newer word of it: {what}"
    if message.kind == "offer":
        offer = Offer.get(message.offer)
        assert offer
        assert (job.status, offer.state, offer.plan) == ("pending", "open", job.plan), f"an offer that is over: {what}"
        assert job.held_for in (None, agent.id), f"held for somebody else: {what}"
        assert agent.is_active, f"not active: {what}"
