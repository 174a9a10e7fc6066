"""A desk in the test's own process: what is written is handled, settled, followed and sent before the next line."""

from datetime import timedelta
from typing import Any

from dispatch.actions.inbox import arrivals, handling
from dispatch.actions.jobs import claims, events
from dispatch.actions.outbox import send
from dispatch.models import Agent, Job, Message, Offer
from dispatch.models.base.record import server_now, utc_now
from sandbox.twilio import PretendTwilio
from tests.builders import a_job, an_inbound_form


class DirectTalk:
    """Lets people write, and reads what they were sent."""

    def __init__(self, twilio: PretendTwilio) -> None:
        self.twilio = twilio

    def offer(self, **facts: Any) -> Job:
        """Open a job and offer it to every active agent."""
        job = a_job(**facts)
        self.work()
        return job

    def hear(self, phone: str, text: str, **form: str) -> Message:
        """Save what somebody writes, without handling it."""
        posted = an_inbound_form(phone=phone, Body=text, **form)
        arrivals.save(posted)
        return Message.objects.get(twilio_sid=posted["MessageSid"])

    def say(self, who: Agent | str, text: str, **form: str) -> list[str]:
        """Let somebody write, do all that follows, and return the kinds of messages that they got for it."""
        phone = who if isinstance(who, str) else who.phone
        before = {message.id for message in Message.objects(phone=phone, direction="outbound")}
        handling.handle(self.hear(phone, text, **form).id)
        self.work()
        after = Message.objects(phone=phone, direction="outbound").order_by("id")
        return [message.kind for message in after if message.id not in before and message.status != "withdrawn"]

    def work(self) -> None:
        """Settle every claim, follow every event, send every message."""
        for job_id in Offer.overdue_claims(server_now() + timedelta(minutes=1)):
            claims.settle(job_id, server_now() + timedelta(seconds=1))
        for job_id in Job.overdue(utc_now()):
            events.follow_up(job_id, utc_now())
        waiting = Message.objects(direction="outbound", status="queued").order_by("id")
        send.send([message.id for message in waiting], "replies")

    def sid_of(self, who: Agent, job: Job, kind: str = "offer") -> str:
        """Return Twilio's SID of a message, to quote it."""
        return Message.objects.get(phone=who.phone, job=job.id, kind=kind).twilio_sid

    def last(self, who: Agent | str) -> str:
        """Return the last text that somebody got."""
        return self.twilio.sent_to(who if isinstance(who, str) else who.phone)[-1].body


def status(job: Job) -> tuple[str, Any]:
    """Return how a job stands, and whose it is."""
    found = Job.objects.get(pk=job.id)
    return found.status, found.agent
