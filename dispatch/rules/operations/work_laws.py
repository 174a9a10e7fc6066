"""The laws of what is under way: offers, timers, messages and replies, as MongoDB has them; each law has a name."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from dispatch.rules.jobs.states import OPEN, JobState
from dispatch.rules.offers.offering import OfferState
from dispatch.rules.outbox import attempts, states
from dispatch.rules.outbox.states import Lane, MessageState

Row = Mapping[str, Any]
Found = Iterator[tuple[str, datetime | None]]

#: A message that Twilio may have is looked up within two minutes; a broadcast takes its time (docs/operations.md).
UNKNOWN_LONG = timedelta(minutes=5)
QUEUED_LONG = {Lane.REPLIES: timedelta(minutes=5), Lane.BULK: timedelta(minutes=30)}
#: Writing hosts' clocks and MongoDB's may be so far apart.
CLOCK_SLACK = timedelta(seconds=5)
_UNFINISHED = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN)
#: A message in one of these is in the state of its best attempt.
_SPOKEN_FOR = states.TAKEN | {MessageState.SENDING, MessageState.UNKNOWN}


def of_claim(offer: Row, claim: Row | None, before: datetime) -> Found:
    """Yield what is wrong with an offer's claim, if it has one; a message may have been saved long after it arrived."""
    if offer["state"] == OfferState.CLAIMED:
        since = max(offer["claimed_at"], claim["created_at"] if claim else offer["claimed_at"])
        if since <= before:
            yield "claim-unsettled", since


def of_offer(offer: Row, job: Row | None, agent: Row | None, message: Row | None, before: datetime) -> Found:
    """Yield what is wrong with an offer that is open or claimed; `message` is the one that tells its agent of it."""
    if job is None or agent is None:
        yield "offer-of-nothing", offer.get("created_at")
        return
    if job["updated_at"] > before or job.get("unfollowed") or offer.get("created_at", before) > before:
        return
    if job["status"] != JobState.PENDING:
        yield "offer-of-settled-job", job["updated_at"]
    elif offer["round"] != job.get("round", 1):
        yield "offer-of-old-round", job["updated_at"]
    elif job.get("held_for") not in (None, offer["agent"]):
        yield "held-for-another", job["updated_at"]
    if offer["state"] != OfferState.OPEN or agent.get("follow_up_at") or agent["updated_at"] > before:
        return
    if not is_active(agent):
        yield "offer-to-inactive-agent", agent["updated_at"]
    elif not agent.get("paused_until") and _is_untold(message):  # who pauses amid the offering is told afterwards
        yield "offer-untold", offer.get("created_at")


def _is_untold(message: Row | None) -> bool:
    return message is None or (message["status"] == MessageState.WITHDRAWN and not message.get("attempts"))


def of_timer(timer: Row, job: Row | None, before: datetime) -> Found:
    """Yield what is wrong with a timer that waits."""
    if timer["due_at"] <= before:
        yield "timer-overdue", timer["due_at"]
    if job is None:
        yield "timer-of-nothing", timer["due_at"]
    elif job["status"] not in OPEN and job["updated_at"] <= before and not job.get("unfollowed"):
        yield "timer-of-ended-job", job["updated_at"]


def of_message(message: Row, before: datetime) -> Found:
    """Yield what is wrong with a message, whichever its direction."""
    yield from _of_reply(message, before) if message["direction"] == "inbound" else _of_sending(message, before)


def _of_reply(message: Row, before: datetime) -> Found:
    # What was rescued or recovered was saved long after it arrived.
    arrived = max(message["received_at"], message["created_at"])
    status, waits = message["status"], message.get("unhandled")
    if waits and arrived <= before:
        yield "reply-unhandled", arrived
    if waits and message.get("handlings") and message["next_attempt_at"] <= before:
        yield "handling-long-out", message["next_attempt_at"]
    if status == MessageState.RECEIVED and not waits:
        yield "reply-forgotten", arrived
    if status == MessageState.HANDLED and waits:
        yield "handled-and-unhandled", arrived
    if status == MessageState.HANDLED and not message.get("meaning"):
        yield "reply-without-effect", arrived


def _of_sending(message: Row, before: datetime) -> Found:
    status, due, made = message["status"], message.get("next_attempt_at"), message.get("attempts") or ()
    if status in _UNFINISHED and due is None:
        yield "message-forgotten", message["created_at"]
    if status == MessageState.SENDING and due and due <= before:
        yield "sending-long-out", due
    elif status == MessageState.QUEUED and due and due <= before:
        yield "message-overdue", due
    waits_since = max(message["created_at"], message.get("not_before") or message["created_at"])
    if status == MessageState.QUEUED and waits_since <= before - QUEUED_LONG[Lane(message["lane"])]:
        yield "message-queued-long", waits_since
    best = states.best(made)
    if status == MessageState.UNKNOWN and best and best["started_at"] <= before - UNKNOWN_LONG:
        yield "message-unknown-long", best["started_at"]
    if status in _SPOKEN_FOR and (best is None or attempts.decisive(made)["state"] != status):
        yield "message-disagrees-with-attempts", message["created_at"]
    taken = [each for each in made if each["state"] in states.TAKEN]
    if len(taken) > 1:
        yield "message-sent-twice", taken[1]["started_at"]


def is_unanswered(claim: Row, offer: Row | None, agent: Row | None, told: Iterable[Row], before: datetime) -> bool:
    """Whether a YES that was handled is settled, and its agent has heard nothing about the job since.

    `told`: what was written to its agent. Nobody can tell of an agent whose standing has changed meanwhile.
    """
    said = claim["received_at"]
    if max(said, claim["created_at"]) > before or agent is None or not is_active(agent):
        return False
    if agent["updated_at"] > agent["created_at"] and agent["updated_at"] >= said - CLOCK_SLACK:
        return False
    if offer and offer["state"] in (OfferState.OPEN, OfferState.CLAIMED):
        return False
    mine = claim["meaning"].get("offer")
    return not any(
        each.get("job") == claim.get("job")
        and (each.get("offer") is None or each["offer"] != mine)
        and max(each["created_at"], each.get("attempted_at") or each["created_at"]) >= said - CLOCK_SLACK
        for each in told
    )


def is_active(agent: Row) -> bool:
    """Whether this agent's claims count; offers go to whoever has not paused them, too."""
    return agent.get("status") == "active" and not agent.get("opted_out_at") and not agent.get("unreachable_at")
