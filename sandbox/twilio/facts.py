"""Tables of what Twilio's Messages and Content APIs accept and answer.

Each table names its source. The *spec* is twilio-oai 2.6.7 (2026-04-14), `twilio_api_v2010` and `twilio_content_v1`,
and `python -m sandbox.conformance DIR` compares the tables with it. The *docs* are Twilio's pages on the Message
resource, WhatsApp and error codes. *Captures* are answers that people pasted into public issues.
"""

import re
from typing import NamedTuple

API_VERSION = "2010-04-01"
MORE_INFO = "https://www.twilio.com/docs/errors/{code}"  # captures

# spec: CreateMessageRequest. Parameters that WhatsApp does not use are accepted and ignored, as Twilio does.
# `MessageIntent`, which SDK 9.13 knows, is not in the spec.
CREATE_PARAMETERS = frozenset(
    {"To", "From", "Body", "StatusCallback", "ContentSid", "ContentVariables", "MessagingServiceSid", "MediaUrl"}
    | {"ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt", "ValidityPeriod", "ForceDelivery"}
    | {"ContentRetention", "AddressRetention", "SmartEncoded", "PersistentAction", "TrafficType", "ShortenUrls"}
    | {"ScheduleType", "SendAt", "SendAsMms", "RiskCheck", "FallbackFrom"}
)

# spec: query parameters of ListMessage, with the default and bounds of PageSize.
LIST_PARAMETERS = frozenset({"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"})
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

# spec: api.v2010.account.message; strings or null, except error_code (integer) and subresource_uris (object).
MESSAGE_FIELDS = (
    *("body", "num_segments", "direction", "from", "to", "date_updated", "price", "error_message", "uri"),
    *("account_sid", "num_media", "status", "messaging_service_sid", "sid", "date_sent", "date_created"),
    *("error_code", "price_unit", "api_version", "subresource_uris"),
)
# spec: ListMessageResponse
PAGE_FIELDS = (
    *("end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri", "start", "uri", "messages"),
)
# captures; the spec has no schema for errors
ERROR_FIELDS = ("code", "message", "more_info", "status")

# spec: message_enum_direction
DIRECTIONS = frozenset({"inbound", "outbound-api", "outbound-call", "outbound-reply"})

# spec: message_enum_status. The number is the rank: a message's status only rises.
STATUS_RANK = (
    {"accepted": 0, "scheduled": 0, "receiving": 0, "queued": 1, "sending": 2, "sent": 3}
    | {"failed": 4, "undelivered": 4, "canceled": 4, "partially_delivered": 4}
    | {"delivered": 5, "read": 6, "received": 6}
)
# WhatsApp's ticks beside a message. For `read` both are blue.
TICKS = {"sent": 1, "delivered": 2, "read": 2}

# spec: patterns of the sid parameters
MESSAGE_SID = r"(SM|MM)[0-9a-fA-F]{32}"
CONTENT_SID = r"HX[0-9a-fA-F]{32}"
# docs: E.164, or the business-scoped user id of a person who hides their number
WHATSAPP_ADDRESS = r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128})"
MAX_BODY = 1600  # docs, 21617
MAX_VALIDITY = 36000  # spec: seconds

# content spec: ContentCreateRequest, ContentApprovalRequest, content.v1.content and its lists. `send_ttl_seconds` and
# `bid_amount`, which SDK 9.13 knows, are not in the spec.
CONTENT_PARAMETERS = frozenset({"friendly_name", "language", "variables", "types"})
APPROVAL_PARAMETERS = frozenset({"name", "category"})
_CONTENT = ("date_created", "date_updated", "sid", "account_sid", "friendly_name", "language", "variables", "types")
CONTENT_FIELDS = (*_CONTENT, "url", "links")
CONTENT_WITH_APPROVAL_FIELDS = (*_CONTENT, "approval_requests")
APPROVAL_FIELDS = ("name", "category", "content_type", "status", "rejection_reason", "allow_category_change")
META_FIELDS = ("first_page_url", "key", "next_page_url", "page", "page_size", "previous_page_url", "url")
# content spec: the types that the pretend Twilio supports, the richest first
CONTENT_TYPES = {"twilio/quick-reply": frozenset({"body", "actions"}), "twilio/text": frozenset({"body"})}
# docs: a submitted template is received, then pending, then one of these
DECISIONS = ("approved", "rejected", "pending", "paused", "disabled")
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
TEMPLATE_CODES = {
    "rejected": 63040,
    "paused": 63041,
    "disabled": 63042,
}  # docs: fails by receipt
TEMPLATE_NAME = r"[a-z0-9_]{1,512}"
LANGUAGE = r"[a-z]{2,3}(_[A-Z]{2,3})?"
# docs: limits of templates. MAX_SESSION_BUTTONS: without approval, within the window
MAX_TEMPLATE_BODY, MAX_BUTTONS, MAX_SESSION_BUTTONS, MAX_BUTTON_TITLE, MAX_BUTTON_ID = 1024, 10, 3, 20, 200
MAX_VARIABLES = 100
BROKEN_VALUE = re.compile(r"[\n\r\t]| {5,}")  # docs: not allowed in a variable's value
PUNCTUATION = ".,;:!?…*_~)\"'»”’。！？؟،؛।"  # ignored at the end of a body
WITHOUT_BLANKS = frozenset({"zh", "ja", "th", "lo", "km", "my"})  # languages written without spaces between words

# docs: defaults and bounds of connection overrides: milliseconds to connect (ct), to read (rt) and in total (tt),
# number of retries (rc), and the causes of a retry (rp). By default only a failed connection is retried, once.
WEBHOOK_DEFAULTS = {"ct": 5000, "rt": 15000, "tt": 15000, "rc": 1}
WEBHOOK_BOUNDS = {"ct": (100, 10000), "rt": (100, 15000), "tt": (100, 15000), "rc": (0, 5)}
WEBHOOK_RETRIES = frozenset({"ct"})
WEBHOOK_CAUSES = frozenset({"4xx", "5xx", "ct", "rt", "all"})
WEBHOOK_USER_AGENT = "TwilioProxy/1.1"


class Problem(NamedTuple):
    """An error with Twilio's text. `status` is 0 if the error comes only by receipt, never as an answer."""

    status: int
    message: str


# docs: codes and statuses. The texts are from captures and Twilio's error dictionary; programs should read the code.
_REFUSED = {
    20001: (400, "Bad request: {0}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    10001: (400, "Account is not active"),
    20005: (401, "Account not active"),
    20403: (403, "Forbidden"),
    20404: (404, "The requested resource {0} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21211: (400, "The 'To' number {0} is not a valid phone number."),
    21217: (400, "Phone number does not appear to be valid"),
    21219: (400, "'To' phone number not verified"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {0} is not a valid, message-capable Twilio phone number"),
    21608: (400, "The number {0} is unverified. Trial accounts cannot send messages to unverified numbers"),
    21609: (400, "The 'StatusCallback' URL {0} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21620: (400, "Invalid media URL"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21654: (400, "The ContentSid required parameter is missing."),
    21655: (400, "The ContentSid parameter is invalid."),
    21656: (400, "The ContentVariables parameter is invalid."),
    21659: (400, "'From' {0} is not a Twilio phone number or short code country mismatch"),
    21703: (400, "The Messaging Service does not have a phone number available to send a message"),
    21704: (400, "The Messaging Service contains no phone numbers"),
    21705: (400, "The Messaging Service Sid {0} is invalid."),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63038: (429, "Account exceeded the daily messages limit"),
}
_BY_RECEIPT = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30008: "Unknown error",
    30036: "Validity Period Expired",
    30500: "Carrier or provider error, please retry",
    63001: "Channel could not authenticate the request",
    63003: "Channel could not find To address",
    63005: "Channel did not accept given content",
    63006: "Could not format given content for the channel",
    63008: "Could not execute the request because the channel module has been misconfigured",
    63009: "Channel provider returned an internal service error",
    63010: "Channels - Twilio Internal error",
    63012: "Channel provider returned an internal service error",
    63013: "This message send failed because it violates Channel provider's policy",
    63014: "Message delivery failed because it was blocked by a user action",
    63015: "Channel Sandbox can only send messages to phone numbers that have joined the Sandbox",
    63016: "Failed to send freeform message because you are outside the allowed window",
    63017: "Message rate exceeded",
    63018: "Rate limit exceeded for Channel",
    63019: "Media failed to download",
    63020: "Twilio encountered a Business Manager account error",
    63021: "Channel invalid content error",
    63022: "Invalid vname certificate",
    63023: "Channel generic error",
    63024: "Invalid message recipient",
    63025: "Media already exists",
    63026: "The sender has been flagged as a source of spam",
    63027: "Template does not exist for a language and locale",
    63028: "Number of parameters provided does not match the expected number of parameters",
    63029: "The receiver failed to download the template",
    63030: "Unsupported parameter for type of Channels message",
    63031: "Channels message cannot have same From and To",
    63032: "Meta chose not to deliver this message: the user is part of an experiment",
    63033: "Recipient blocked to receive message",
    63034: "Media exceeds the size limit",
    63037: "Media upload error",
    63040: "Template rejected",
    63041: "Template paused",
    63042: "Template disabled",
    63049: "Meta chose not to deliver this WhatsApp marketing message",
    63051: "The WhatsApp Business Account has been locked",
    63062: "The terms of Marketing Messages have not been accepted",
    63112: "The Meta or WhatsApp Business Account of this sender was disabled by Meta",
    63114: "The WhatsApp sender was disabled by Meta",
}
ERRORS = {code: Problem(status, message) for code, (status, message) in _REFUSED.items()} | {
    code: Problem(0, message) for code, message in _BY_RECEIPT.items()
}
