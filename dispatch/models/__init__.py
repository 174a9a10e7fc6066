"""MongoEngine documents, one a file, with their indexes and their atomic moves."""

from dispatch.models.agent import Agent
from dispatch.models.alarm import Alarm
from dispatch.models.answer import Answer
from dispatch.models.client import Client
from dispatch.models.contact import Contact
from dispatch.models.job import Job
from dispatch.models.message import Message
from dispatch.models.offer import Offer
from dispatch.models.property import Property
from dispatch.models.record import Record
from dispatch.models.template import Template
from dispatch.models.timer import Timer
from dispatch.rules.offering import AgentStatus, OfferState

#: Every document class, for making indexes and for the tests' clean slate.
DOCUMENTS: tuple[type[Record], ...] = (
    Agent, Alarm, Answer, Client, Contact, Job, Message, Offer, Property, Template, Timer,
)  # fmt: skip

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
