"""Sentences of alarms: why a job needs attention, and what operations can do about it."""

from dispatch.rules.jobs.attention import Reason

REASON_TEXT = {
    Reason.NO_AGENT: "no agent is left to offer it to; other jobs may be affected, see GET /api/jobs/?attention=true",
    Reason.NOT_REACHED: "every offer has failed, so no agent can have heard of it; other jobs may be affected",
    Reason.NOT_TAKEN: "the visit is near, and no agent has taken it",
    Reason.UNCONFIRMED: "its agent was asked for a confirmation and has not confirmed",
    Reason.AGENT_INACTIVE: "its agent is no longer active",
    Reason.NEEDS_ANSWER: "its conversation has a text that a person must answer",
    Reason.CLIENT_NOT_REACHED: "a message about it can't be delivered to its client",
    Reason.STUCK: "follow-up work for this job keeps failing, see GET /health/detail",
    Reason.REMINDER_MISSED: "the visit should have begun, and a reminder could not be sent before",
    Reason.NOT_COMPLETED: "the visit should be over, and its agent has not reported it as completed",
}
_FIND_AGENT = "give it to an agent (POST assign), or move or cancel it"
#: A reason, or the event of another alarm about a job or message -> what operations can do.
_TO_DO: dict[str, str] = {
    Reason.NO_AGENT: _FIND_AGENT,
    Reason.NOT_REACHED: "check our sender and account at Twilio; the offers go out again when messages arrive",
    Reason.NOT_TAKEN: _FIND_AGENT,
    Reason.UNCONFIRMED: "call the agent; then confirm it (POST approve_schedule) or give it to others (POST release)",
    Reason.AGENT_INACTIVE: "call the agent, or give it to others (POST release)",
    Reason.NEEDS_ANSWER: "answer the person, then POST end_attention",
    Reason.CLIENT_NOT_REACHED: "call the client, then POST end_attention",
    Reason.STUCK: "repair the cause, then POST retry",
    Reason.REMINDER_MISSED: "call the agent and the client, then POST end_attention",
    Reason.NOT_COMPLETED: "call the agent, then POST complete_inspection or cancel",
    "job_expired": "inform the client, and post it again for another time",
    "start_unconfirmed": "call the agent and the client; then confirm, move or cancel it",
    "message_needs_answer": "answer the person, then POST /api/messages/{message_id}/answered",
}


def to_do(event: str, reason: str | None) -> str | None:
    """Return what operations can do about an alarm. Return None if its text says that."""
    return _TO_DO.get(reason or event)
