"""Withholding: a message that has lost its point is taken back just before it would be sent."""

from datetime import datetime

from bson import ObjectId

from dispatch.actions import outcomes, reminding
from dispatch.models import Agent, Client, Job, Message, Offer, OfferState
from dispatch.rules import holding

_LOOKED_AT = ("kind", "job", "plan", "about", "offer", "agent", "phone", "lane", "awaited")
#: Kinds that reach somebody who asked for silence: the one confirmation of it, and that it has ended.
DESPITE_OPT_OUT = frozenset({"opted_out", "resumed"})


def still_wanted(message_id: ObjectId, now: datetime) -> bool:
    """Tell whether a message may still go; what no longer holds is withdrawn before it is sent."""
    message = Message.objects(pk=message_id).only(*_LOOKED_AT).first()
    if message is None:
        return False
    job = Job.objects(pk=message.job).only("status", "agent", "plan", "starts_at").first() if message.job else None
    if _holds(message, job, now) and not _silenced(message):
        return True
    if job and message.kind in holding.REMINDERS:
        _note_if_missed(message, job, now)
    if Message.withdraw({"_id": message_id}):
        outcomes.let_the_next_go(message)
    return False


def _holds(message: Message, job: Job | None, now: datetime) -> bool:
    """Whether it holds for its job; an offer for itself, too: it is closed for who is not active any more."""
    if message.job and job is None:
        return not holding.needs_its_job(message.kind)
    if job and not holding.still_holds(
        message.kind, job.state, **_standing(message, job), is_past=job.starts_at <= now
    ):
        return False
    if message.kind != "offer" or message.offer is None:
        return True
    offer = Offer.objects(pk=message.offer).only("state").first()
    return offer is not None and offer.state == OfferState.OPEN


def _standing(message: Message, job: Job) -> dict[str, bool]:
    theirs = job.agent == (message.agent or message.about)
    return {"is_owner": theirs, "is_current": message.plan in (None, job.plan)}


def _note_if_missed(message: Message, job: Job, now: datetime) -> None:
    """A reminder that would hold but for the time is missed: the visit should have begun, and it was not sent."""
    would_hold = holding.still_holds(message.kind, job.state, **_standing(message, job), is_past=False)
    if would_hold and job.starts_at <= now and (whole := Job.get(job.id)):
        reminding.missed(whole, now)


def _silenced(message: Message) -> bool:
    if message.kind in DESPITE_OPT_OUT:
        return False
    if message.agent:
        agent = Agent.objects(pk=message.agent).only("opted_out_at").first()
        return agent is None or agent.opted_out_at is not None
    return Client.is_opted_out(message.phone)
