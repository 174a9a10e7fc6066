"""A pretend Twilio for this machine: Messages and Content APIs for WhatsApp, webhooks, and failures on demand.

account: the account, and records of attempts and inbound messages.
answers: bodies of the Messages API's answers.
api: the routes of messages.
app: the Flask app.
carrier: delivers accepted messages and posts receipts.
checking: refuses requests with Twilio error codes.
content_answers: bodies of the Content API's answers.
content_api: the routes of contents and approvals.
contents: contents with their approval.
control: control routes under /sandbox/.
delivery: plans a message's receipts.
exchange: accepts, delivers and forwards messages.
facts: tables of what Twilio accepts and answers.
faults: faults on demand, by phone number.
later: delayed calls on a pool of threads.
ledger: the messages in both directions.
numbers: numbers within texts of other people.
overrides: Twilio's connection overrides in a webhook's URL.
pretend: the whole pretend Twilio as one object.
recording: records requests and answers in a file.
sender: window, template approval and tier of a sender.
server: a threaded HTTP server.
showing: JSON for pages and curl.
spec: reads Twilio's OpenAPI documents.
steering: control routes for templates, window and clock.
templates: checks templates by Meta's rules.
webhooks: signed calls to the desk.
"""

from sandbox.twilio.account import Attempt, Said
from sandbox.twilio.contents import Content
from sandbox.twilio.delivery import Pace
from sandbox.twilio.faults import Fault, FaultKind
from sandbox.twilio.ledger import Message
from sandbox.twilio.pretend import PretendTwilio

__all__ = ["Attempt", "Content", "Fault", "FaultKind", "Message", "Pace", "PretendTwilio", "Said"]
