"""Joining: a person whom the desk does not know by their address sends a code, and becomes the agent of the code."""

from datetime import datetime

from dispatch.actions import drafts
from dispatch.actions.inbox import opt_outs
from dispatch.actions.people import addresses, decisions
from dispatch.models import Agent, Message
from dispatch.rules.inbox import join_codes
from dispatch.rules.outbox import kinds


def join(message: Message, now: datetime) -> bool:
    """Link the sender of a valid code to its agent, and reply. Return False if the message has none.

    Harmless if repeated: a code works again for the message that used it. An agent can't become another agent.
    """
    code = join_codes.code_in(message.text or "")
    if code is None or _has_guessed(message):
        return False
    sender = Agent.by_phone(message.phone)
    agent = Agent.use_join_code(code, message.id, now, only=sender and sender.id)
    if agent is None:
        return False
    addresses.join(message.phone, agent, now)
    key = Agent.must_get(agent.id).phone
    silence = decisions.silence_of(key, now)
    if silence.unreachable_at:
        decisions.set_reachable(key, now)
    if silence.opted_out_at:
        decisions.opt_in(key, now, opt_outs.ground(message))
    agent = Agent.must_get(agent.id)
    Message.understand(message, {"agent": agent.id})
    drafts.save_and_send([drafts.draft(kinds.RESUMED, message.id, drafts.an_agent(agent))], now)
    return True


def _has_guessed(message: Message) -> bool:
    """Return whether this person has sent too many texts with a code."""
    lately = Message.written_by(message.phone, message.received_at - join_codes.TRIES_IN, limit=100)
    return sum(join_codes.code_in(each.text or "") is not None for each in lately) > join_codes.TRIES
