"""Sending: one message leased at a time, just before its POST; what is unknown is looked up before it is sent again."""

import contextvars
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from bson import ObjectId

from config.queues import SEND_THREADS
from config.settings import settings
from dispatch import queueing
from dispatch.actions import outcomes
from dispatch.models import Agent, Client, Job, Message, Offer, OfferState
from dispatch.models.record import utc_now
from dispatch.rules import attempts, delivery, holding
from dispatch.rules.delivery import MessageState
from dispatch.whatsapp import client, pacing

log = structlog.get_logger(__name__)

#: A message hinted at is not hinted at again for so long: a backlog must not multiply itself.
HINTED = timedelta(minutes=1)
#: One to be looked up is hinted at sooner: what became of it is to be known within two minutes.
LOOK_UP_HINTED = timedelta(seconds=20)
_LOOKED_AT = ("kind", "job", "plan", "about", "offer", "agent", "phone")
#: Kinds that reach somebody who asked for silence: the one confirmation of it, and that it has ended.
DESPITE_OPT_OUT = frozenset({"opted_out", "resumed"})


def send(ids: Sequence[ObjectId], lane: str) -> None:
    """Send the messages that still wait to be sent: threads side by side, each in the pace of its lane.

    What breaks one message does not touch the others; it is raised when all are through.
    """
    waiting = Message.sendable(ids, utc_now())
    if not waiting:
        return
    with ThreadPoolExecutor(min(SEND_THREADS, len(waiting))) as threads:
        under_way = [threads.submit(contextvars.copy_context().run, _send_one, id_, lane) for id_ in waiting]
    for sent in under_way:
        sent.result()


def _send_one(message_id: ObjectId, lane: str) -> None:
    if not Message.sendable([message_id], utc_now()):  # withdrawn while its chunk waited: that costs no slot
        return
    pacing.wait_for_slot(lane)
    if not _still_wanted(message_id):
        return
    message = Message.lease_sending(message_id, utc_now())
    if message:
        n = message.attempts[-1]["n"]
        outcomes.record(message, n, client.send(message.phone, message.text, message.id, n), utc_now())


def look_up(message_id: ObjectId, now: datetime) -> None:
    """Ask Twilio about an attempt of which nobody knows whether it was accepted; send again only after two blanks."""
    again_at = now + timedelta(seconds=settings().unknown_lookup_seconds * 2)
    message = Message.lease_look_up(message_id, now, again_at)
    if message is None:
        return
    attempt = attempts.speaker(message.attempts)
    found = _find(message, client.look_up(message.phone, attempt["started_at"]))
    if found:
        outcomes.report(message, attempt["n"], found.state, now, sid=found.sid, error_code=found.error_code)
    elif message.look_ups + 1 < delivery.LOOK_UPS:
        Message.found_nothing(message)
    else:
        log.warning("never accepted, sending again", message=str(message.id), attempt=attempt["n"])
        outcomes.never_taken(message, attempt["n"], now)


def _find(message: Message, listed: Sequence[client.Found]) -> client.Found | None:
    """Return what Twilio has of this message: the same words, and no other attempt's, of this message or another."""
    own = {attempt.get("sid") for attempt in message.attempts}
    same = (found for found in listed if found.text == message.text and found.sid not in own)
    return next((found for found in same if Message.by_sid(found.sid) is None), None)


def overdue(now: datetime) -> None:
    """Bring on what is overdue: hints that were lost, POSTs without an outcome, attempts to look up."""
    queued: dict[str, list[ObjectId]] = {}
    for message in Message.overdue_to_send(now):
        if message.status == MessageState.SENDING:  # a worker died: nobody knows whether its POST arrived
            Message.outcome(message.id, message.attempts[-1]["n"], MessageState.UNKNOWN, now, again_at=now)
            queueing.look_up(message.id)
        elif message.status == MessageState.UNKNOWN:
            if Message.push_on(message.id, message.next_attempt_at, now + LOOK_UP_HINTED):
                queueing.look_up(message.id)
        else:
            queued.setdefault(message.lane, []).append(message.id)
    for lane, ids in queued.items():
        if pushed := Message.push_all_on(ids, now, now + HINTED):
            queueing.send(pushed, lane)


def _still_wanted(message_id: ObjectId) -> bool:
    """Tell whether a message may still go; what no longer holds is withdrawn before it is sent."""
    message = Message.objects(pk=message_id).only(*_LOOKED_AT).first()
    if message is None:
        return False
    if _holds(message) and not _silenced(message):
        return True
    Message.withdraw({"_id": message_id})
    return False


def _holds(message: Message) -> bool:
    job = Job.objects(pk=message.job).only("status", "agent", "plan").first() if message.job else None
    if job:
        theirs, current = job.agent == (message.agent or message.about), message.plan in (None, job.plan)
        if not holding.still_holds(message.kind, job.state, is_owner=theirs, is_current=current):
            return False
    if message.kind != "offer" or message.offer is None:
        return True
    offer = Offer.objects(pk=message.offer).only("state").first()
    return offer is not None and offer.state == OfferState.OPEN  # closed too for who is not active any more


def _silenced(message: Message) -> bool:
    if message.kind in DESPITE_OPT_OUT:
        return False
    if message.agent:
        agent = Agent.objects(pk=message.agent).only("opted_out_at").first()
        return agent is None or agent.opted_out_at is not None
    return Client.is_opted_out(message.phone)
