"""Changing: what follows when an agent's standing with us changes."""

from datetime import datetime

from dispatch.models import Agent, Message, Offer


def agent_changed(before: Agent | None, agent: Agent, now: datetime) -> None:
    """Called after an agent was made or replaced: whoever is not active has no open offers and is sent none."""
    if before is not None and not agent.is_active:
        no_more_offers(agent)


def silence(agent: Agent, now: datetime) -> bool:
    """The agent said STOP: inactive, opted out, no open offers. False when they had said it before."""
    if agent.opted_out_at is not None:
        return False
    Agent.opt_out(agent.id, now)
    no_more_offers(agent)
    return True


def no_more_offers(agent: Agent) -> None:
    """Close an agent's offers and take back those that were not sent yet."""
    Offer.close_of_agent(agent.id)
    Message.withdraw({"phone": agent.phone, "kind": "offer", "direction": "outbound"})
