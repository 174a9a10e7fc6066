"""The causes why an agent has a job or not, and how one line of the tables is built."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.rules.operations.why_facts import Facts
from dispatch.rules.outbox.twilio_errors import Advice


class Because(StrEnum):
    """The causes, as the API shows them in `because`."""

    THEIRS = "theirs"  # the agent has the job, or had it to its end
    RELEASED = "released"  # gave the job back, or was removed from it
    CLAIMED = "claimed"
    DECLINED = "declined"
    REPLY_NOT_HANDLED = "reply_not_handled"
    REPLY_UNCLEAR = "reply_unclear"
    TAKEN_BY_ANOTHER = "taken_by_another"
    HELD_FOR_ANOTHER = "held_for_another"
    AGENT_UNAVAILABLE = "agent_unavailable"  # opted out, unreachable, suspended, inactive or paused
    ACTIVE_TOO_LATE = "active_too_late"
    OFFER_PENDING = "offer_pending"  # the offer is being made, or its message is not sent yet
    OFFER_WITHDRAWN = "offer_withdrawn"
    MESSAGE_FAILED = "message_failed"
    NOT_DELIVERED = "not_delivered"
    NOT_ANSWERED = "not_answered"
    JOB_OVER = "job_over"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True)
class Line:
    """A cause, the condition under which it holds, and a sentence.

    The sentence may name fields of Facts in braces, and `with_code` and `failure` about the message's error.
    `names_the_end`: the sentence says how the job ended, so that need not be added.
    """

    because: Because
    holds: Callable[[Facts], bool]
    sentence: str
    names_the_end: bool = False


#: Advice about a Twilio error -> its words about a failed message.
FAILURES: dict[Advice, str] = {
    Advice.FAIL: "a retry would not have helped",
    Advice.ONCE: "one retry failed, too",
    Advice.LATER: "the sender was rate-limited and retries were exhausted",
    Advice.NEXT_DAY: "the account was at its daily limit and retries were exhausted",
    Advice.DAY_LATER: "Meta did not deliver it, as it takes the template for marketing",
    Advice.UNKNOWN: "the error is unknown to us, and one retry failed, too",
    Advice.BUG: "our request was invalid; please report it",
    Advice.RETRY: "retries were exhausted",
    Advice.MEND: "Twilio refused our account's credentials, our account or our sender, and retries were exhausted",
    Advice.OPTED_OUT: "the agent replied STOP or has blocked us",
    Advice.UNREACHABLE: "the agent's number can't be reached on WhatsApp",
    Advice.NEEDS_TEMPLATE: "the agent had not written for 24 hours, and then only an approved template may be sent",
    Advice.ALERT: "our account or sender at Twilio must be checked",
}
