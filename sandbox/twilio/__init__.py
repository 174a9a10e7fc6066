"""A pretend Twilio for this machine: Messages and Content APIs for WhatsApp, webhooks, and failures on demand."""

from sandbox.twilio.account import Attempt, Said
from sandbox.twilio.contents import Content
from sandbox.twilio.delivery import Pace
from sandbox.twilio.faults import Fault, FaultKind
from sandbox.twilio.ledger import Message
from sandbox.twilio.pretend import PretendTwilio

__all__ = ["Attempt", "Content", "Fault", "FaultKind", "Message", "Pace", "PretendTwilio", "Said"]
