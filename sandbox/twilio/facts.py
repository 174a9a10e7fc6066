"""What Twilio's Messages API accepts and answers, as tables that the pretend Twilio reads.

Sources, named at each table: the *spec* is twilio-oai `twilio_api_v2010` 2.6.7 (2026-04-14), which
`python -m sandbox.conformance DIR` compares with; *docs* are Twilio's pages for the Message resource,
for WhatsApp and for the error codes; *captures* are answers that people pasted into public issues.
"""

from typing import NamedTuple

API_VERSION = "2010-04-01"
MORE_INFO = "https://www.twilio.com/docs/errors/{code}"  # captures

# spec: CreateMessageRequest. What WhatsApp does not use is accepted and ignored, as Twilio does.
# `MessageIntent`, which SDK 9.13 knows, is not in the spec.
CREATE_PARAMETERS = frozenset(
    {"To", "From", "Body", "StatusCallback", "ContentSid", "ContentVariables", "MessagingServiceSid", "MediaUrl"}
    | {"ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt", "ValidityPeriod", "ForceDelivery"}
    | {"ContentRetention", "AddressRetention", "SmartEncoded", "PersistentAction", "TrafficType", "ShortenUrls"}
    | {"ScheduleType", "SendAt", "SendAsMms", "RiskCheck", "FallbackFrom"}
)

# spec: query parameters of ListMessage; PageSize's default and bounds too.
LIST_PARAMETERS = frozenset({"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page", "PageToken"})
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

# spec: api.v2010.account.message; strings or null, but error_code (integer) and subresource_uris (object).
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

# spec: message_enum_status. The number is how far a message has come; a status only ever rises.
STATUS_RANK = (
    {"accepted": 0, "scheduled": 0, "receiving": 0, "queued": 1, "sending": 2, "sent": 3}
    | {"failed": 4, "undelivered": 4, "canceled": 4, "partially_delivered": 4}
    | {"delivered": 5, "read": 6, "received": 6}
)
# What WhatsApp draws beside a message; for `read` the two are blue.
TICKS = {"sent": 1, "delivered": 2, "read": 2}

# spec: patterns of the sid parameters
MESSAGE_SID = r"(SM|MM)[0-9a-fA-F]{32}"
CONTENT_SID = r"HX[0-9a-fA-F]{32}"
# docs: E.164, or the business-scoped user id of somebody who hides the number
WHATSAPP_ADDRESS = r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})"
MAX_BODY = 1600  # docs, 21617

# docs: how a webhook is called unless its URL's fragment says otherwise, and what it may say: milliseconds to connect
# (ct), to read (rt) and in all (tt), how often again (rc), and after what (rp): only a failed connection, once
WEBHOOK_DEFAULTS = {"ct": 5000, "rt": 15000, "tt": 15000, "rc": 1}
WEBHOOK_BOUNDS = {"ct": (100, 10000), "rt": (100, 15000), "tt": (100, 15000), "rc": (0, 5)}
WEBHOOK_RETRIES = frozenset({"ct"})
WEBHOOK_CAUSES = frozenset({"4xx", "5xx", "ct", "rt", "all"})
WEBHOOK_USER_AGENT = "TwilioProxy/1.1"


class Problem(NamedTuple):
    """An error as Twilio words it; `status` is 0 where it comes by receipt only, never as an answer."""

    status: int
    message: str


# docs: codes and statuses; wording from captures and the error dictionary: programs look at the code alone.
ERRORS = {
    20001: Problem(400, "Bad request: {0}"),
    20003: Problem(401, "Authenticate"),
    20004: Problem(405, "Method not allowed"),
    20404: Problem(404, "The requested resource {0} was not found"),
    20429: Problem(429, "Too Many Requests"),
    20500: Problem(500, "An internal server error has occurred"),
    21211: Problem(400, "The 'To' number {0} is not a valid phone number."),
    21408: Problem(400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: Problem(400, "Message body is required."),
    21603: Problem(400, "A 'From' phone number is required."),
    21604: Problem(400, "A 'To' phone number is required."),
    21609: Problem(400, "The 'StatusCallback' URL {0} is not a valid URL."),
    21610: Problem(400, "Attempt to send to unsubscribed recipient"),
    21611: Problem(400, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: Problem(400, "'To' number is not a valid mobile number"),
    21617: Problem(400, "The concatenated message body exceeds the 1600 character limit."),
    21654: Problem(400, "The ContentSid required parameter is missing."),
    21655: Problem(400, "The ContentSid parameter is invalid."),
    21656: Problem(400, "The ContentVariables parameter is invalid."),
    21705: Problem(400, "The Messaging Service Sid {0} is invalid."),
    21910: Problem(400, "Invalid From and To pair. From and To should be of the same channel"),
    35118: Problem(400, "MessagingServiceSid is required to schedule a message"),
    63007: Problem(400, "Twilio could not find a Channel with the specified From address"),
    63038: Problem(429, "Account exceeded the daily messages limit"),
    30008: Problem(0, "Unknown error"),
    63001: Problem(0, "Channel could not authenticate the request"),
    63003: Problem(0, "Channel could not find To address"),
    63005: Problem(0, "Channel did not accept given content"),
    63009: Problem(0, "Channel provider returned an internal service error"),
    63012: Problem(0, "Channel provider returned an internal service error"),
    63013: Problem(0, "This message send failed because it violates Channel provider's policy"),
    63014: Problem(0, "Message delivery failed because it was blocked by a user action"),
    63015: Problem(0, "Channel Sandbox can only send messages to phone numbers that have joined the Sandbox"),
    63016: Problem(0, "Failed to send freeform message because you are outside the allowed window"),
    63018: Problem(0, "Rate limit exceeded for Channel"),
    63024: Problem(0, "Invalid message recipient"),
    63031: Problem(0, "Channels message cannot have same From and To"),
    63032: Problem(0, "Meta chose not to deliver this message: the user is part of an experiment"),
    63049: Problem(0, "Meta chose not to deliver this WhatsApp marketing message"),
}
