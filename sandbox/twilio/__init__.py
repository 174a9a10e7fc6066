"""A pretend Twilio: its Messages API for WhatsApp, its webhooks and its failures, on this machine only."""

from sandbox.twilio.delivery import Pace
from sandbox.twilio.exchange import Attempt, Said
from sandbox.twilio.faults import Fault, FaultKind
from sandbox.twilio.ledger import Message
from sandbox.twilio.pretend import PretendTwilio

__all__ = ["Attempt", "Fault", "FaultKind", "Message", "Pace", "PretendTwilio", "Said"]
