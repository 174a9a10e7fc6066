"""The tables of why an agent has a job or not: one line for each case, with its cause, condition and sentence.

A cause has several lines where operations need different sentences. A new case is a new line; it needs a new cause only
if software must tell it apart.
"""

from dispatch.rules.inbox.acts import Act
from dispatch.rules.jobs.states import OWNED, JobState
from dispatch.rules.offers.offering import AgentStatus, OfferState
from dispatch.rules.operations.why_causes import Because, Line
from dispatch.rules.operations.why_facts import is_after
from dispatch.rules.outbox.states import MessageState

_B, _J, _M, _O, _S = Because, JobState, MessageState, OfferState, AgentStatus
#: The agent's own actions. These come before what became of the message, and that before what became of the job.
REPLIED: tuple[Line, ...] = (
    Line(
        _B.THEIRS,
        lambda f: f.is_theirs and f.job in OWNED,
        "The agent has this job; it is {job}.",
    ),
    Line(
        _B.THEIRS,
        lambda f: f.is_theirs and f.job == _J.COMPLETED,
        "The agent had this job and has completed it.",
        names_the_end=True,
    ),
    Line(
        _B.THEIRS,
        lambda f: f.is_theirs and f.job == _J.CANCELLED,
        "The agent had this job until it was cancelled.",
        names_the_end=True,
    ),
    Line(
        _B.RELEASED,
        lambda f: f.gave_back is True and f.offer is None,
        "The agent gave the job back on {left_at}; it is not offered to them again.",
    ),
    Line(
        _B.RELEASED,
        lambda f: f.gave_back is False and f.offer is None,
        "The agent was removed from the job on {left_at}; it is not offered to them again.",
    ),
    Line(
        _B.CLAIMED,
        lambda f: f.searching and f.offer == _O.CLAIMED,
        "The agent replied YES on {said_yes_at}; the winner is being decided, which takes seconds.",
    ),
    Line(
        _B.DECLINED,
        lambda f: f.offer == _O.DECLINED,
        "The agent was offered the job and replied NO.",
    ),
    Line(
        _B.TAKEN_BY_ANOTHER,
        lambda f: f.taken_by_another and f.said_yes_at is not None,
        "The agent replied YES on {said_yes_at}, but another agent was faster.",
    ),
    Line(
        _B.REPLY_NOT_HANDLED,
        lambda f: f.is_open and f.unhandled,
        "The agent wrote on {wrote_at}; that message is not handled yet, and is retried automatically.",
    ),
    Line(
        _B.REPLY_NOT_HANDLED,
        lambda f: f.is_open and f.parked,
        "The agent wrote on {wrote_at}; handling that message failed repeatedly and was given up; manual retry needed.",
    ),
    Line(
        _B.REPLY_UNCLEAR,
        lambda f: f.is_open and f.wrote == Act.ASK_BACK,
        "The agent replied on {wrote_at} without naming a job; we asked which one, and they have not replied.",
    ),
    Line(
        _B.REPLY_UNCLEAR,
        lambda f: f.is_open and f.wrote == Act.UNKNOWN,
        "The agent wrote on {wrote_at}, and we did not understand that message as a reply.",
    ),
    Line(
        _B.MESSAGE_FAILED,
        lambda f: f.message in (_M.FAILED, _M.UNDELIVERED),
        "The offer's message failed {with_code}: {failure}.",
    ),
    Line(
        _B.MESSAGE_FAILED,
        lambda f: f.message == _M.PARKED,
        "Sending the offer's message failed repeatedly and was given up; manual retry needed.",
    ),
)
#: For an agent who got no offer in this round, or whose offer was closed while others stayed open.
LEFT_OUT: tuple[Line, ...] = (
    Line(
        _B.HELD_FOR_ANOTHER,
        lambda f: f.searching and f.held_for_other and f.offer is None,
        "The job is offered to another agent alone until {held_until}; if that agent passes, it is offered to all.",
    ),
    Line(
        _B.HELD_FOR_ANOTHER,
        lambda f: not f.searching and f.was_held and f.offer is None,
        "The job was offered to another agent alone, who took it.",
    ),
    Line(
        _B.ACTIVE_TOO_LATE,
        lambda f: not f.searching and f.joined_later and f.offer is None,
        "The agent was added on {joined_at}, after the job had been offered.",
    ),
    Line(
        _B.JOB_OVER,
        lambda f: f.searching and f.time_has_come,
        "The visit time has come; the job is no longer offered and is about to expire.",
    ),
    Line(
        _B.AGENT_UNAVAILABLE,
        lambda f: f.opted_out,
        "The agent replied STOP or has blocked us; nothing is sent to them until they write START.",
    ),
    Line(
        _B.AGENT_UNAVAILABLE,
        lambda f: f.unreachable,
        "WhatsApp reported that the agent's number can't be reached; nothing is sent to them until they write.",
    ),
    Line(
        _B.AGENT_UNAVAILABLE,
        lambda f: f.status == _S.SUSPENDED,
        "The agent is suspended and gets no offers.",
    ),
    Line(
        _B.AGENT_UNAVAILABLE,
        lambda f: f.status == _S.INACTIVE,
        "The agent is inactive and gets no offers.",
    ),
    Line(
        _B.AGENT_UNAVAILABLE,
        lambda f: f.paused_until is not None,
        "The agent paused offers until {paused_until} and gets no new ones until then.",
    ),
    Line(
        _B.OFFER_PENDING,
        lambda f: f.searching and f.unfollowed,
        "The job is being offered at this moment; if that is interrupted, it is repeated automatically.",
    ),
    Line(
        _B.OFFER_PENDING,
        lambda f: f.searching and f.follows,
        "The agent's status has just changed; waiting jobs are being offered to them, which takes seconds.",
    ),
    Line(
        _B.ACTIVE_TOO_LATE,
        lambda f: f.searching and (f.joined_later or f.offer == _O.CLOSED),
        "The agent became active after the job was offered; late joiners get only the soonest jobs, and this was "
        "not among them.",
    ),
    Line(
        _B.UNEXPECTED,
        lambda f: f.searching,
        "Unexpected: the agent is active but got no offer, and this won't fix itself; save the agent again (PUT) "
        "to send open offers.",
    ),
    Line(
        _B.JOB_OVER,
        lambda f: f.job == _J.CANCELLED,
        "The job was cancelled before the agent had it.",
        names_the_end=True,
    ),
    Line(
        _B.JOB_OVER,
        lambda f: f.job == _J.EXPIRED,
        "The job expired before it was offered to the agent.",
        names_the_end=True,
    ),
    Line(
        _B.ACTIVE_TOO_LATE,
        lambda f: True,
        "The job was taken before this agent became active.",
    ),
)
#: For an agent who got an offer.
OFFERED: tuple[Line, ...] = (
    Line(
        _B.OFFER_PENDING,
        lambda f: f.is_open and f.message is None,
        "The job is being offered at this moment; if that is interrupted, it is repeated automatically.",
    ),
    Line(
        _B.OFFER_WITHDRAWN,
        lambda f: f.message == _M.WITHDRAWN or (not f.is_open and f.message in (None, _M.QUEUED)),
        "The offer was closed before its message was sent.",
    ),
    Line(
        _B.OFFER_PENDING,
        lambda f: f.message == _M.QUEUED and not f.tries,
        "The offer's message is queued; next attempt on {next_try_at}.",
    ),
    Line(
        _B.OFFER_PENDING,
        lambda f: f.message == _M.QUEUED,
        "The offer's message is not sent yet (attempts: {tries}, the last failed {with_code}); next attempt on "
        "{next_try_at}.",
    ),
    Line(
        _B.OFFER_PENDING,
        lambda f: f.message == _M.SENDING,
        "The offer's message is being sent at this moment.",
    ),
    Line(
        _B.OFFER_PENDING,
        lambda f: f.message == _M.UNKNOWN,
        "It is unknown whether Twilio accepted the offer's message; we ask Twilio on {next_try_at}, and send the "
        "message again if Twilio does not have it.",
    ),
    Line(
        _B.NOT_DELIVERED,
        lambda f: f.message in (_M.ACCEPTED, _M.SENT),
        "The offer's message was sent on {tried_at} and is not delivered: the agent's phone is off or offline, or "
        "they have blocked us, which WhatsApp does not report.",
    ),
    Line(
        _B.TAKEN_BY_ANOTHER,
        lambda f: f.taken_by_another and is_after(f.arrived_at, f.closed_at),
        "The offer's message arrived on {arrived_at}, after another agent had taken the job.",
    ),
    Line(
        _B.TAKEN_BY_ANOTHER,
        lambda f: f.taken_by_another,
        "The agent was offered the job and had not replied when another agent took it.",
    ),
    Line(
        _B.JOB_OVER,
        lambda f: f.job == _J.CANCELLED,
        "The job was cancelled before the agent had it.",
        names_the_end=True,
    ),
    Line(
        _B.NOT_ANSWERED,
        lambda f: f.message == _M.READ and f.offer in (_O.OPEN, _O.CLOSED),
        "The agent has read the offer and not replied.",
    ),
    Line(
        _B.NOT_ANSWERED,
        lambda f: f.message == _M.DELIVERED and f.offer in (_O.OPEN, _O.CLOSED),
        "The offer was delivered to the agent's phone; they have not replied.",
    ),
)
#: If no line holds.
UNEXPECTED = Line(
    _B.UNEXPECTED,
    lambda f: True,
    "Unexpected: the records do not explain this; see the job's timeline and its messages.",
)
