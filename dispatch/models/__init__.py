"""MongoEngine documents, one a file, with their indexes and their atomic moves.

alarm: notices to operations.
client: the people who want to see a property.
consent: opt-ins and opt-outs, with their proof.
contact: everybody who writes or is written to, with the addresses that reach them.
idempotent_answer: kept answers to POST requests with an Idempotency-Key.
offer: one job offered to one agent in one round, and its claim.
property: the properties.
silenced: the consent and the reachability of an address.
schema_steps: updates of documents from one schema version to the next.
template: texts pushed to Twilio as contents.
timer: timers, one row a job and kind.
"""

from dispatch.models.agent.agent import Agent
from dispatch.models.alarm import Alarm
from dispatch.models.base.record import Record
from dispatch.models.client import Client
from dispatch.models.contact import Contact
from dispatch.models.idempotent_answer import Answer
from dispatch.models.job.job import Job
from dispatch.models.message.message import Message
from dispatch.models.offer import Offer
from dispatch.models.property import Property
from dispatch.models.template import Template
from dispatch.models.timer import Timer
from dispatch.rules.offers.offering import AgentStatus, OfferState

#: Every document class, for making indexes and for the tests' clean slate.
DOCUMENTS: tuple[type[Record], ...] = (
    Agent,
    Alarm,
    Answer,
    Client,
    Contact,
    Job,
    Message,
    Offer,
    Property,
    Template,
    Timer,
)

__all__ = [
    "DOCUMENTS",
    "Agent",
    "AgentStatus",
    "Alarm",
    "Answer",
    "Client",
    "Contact",
    "Job",
    "Message",
    "Offer",
    "OfferState",
    "Property",
    "Record",
    "Template",
    "Timer",
]
