"""Why an agent has a job or has not: the causes, and the sentence in which operations are told of each."""

from enum import StrEnum

from dispatch.rules.outbox.twilio_errors import Advice


class Because(StrEnum):
    """The causes, as the API shows them in `because`."""

    THEIRS = "theirs"
    VISITED = "visited"
    THEIRS_UNTIL_CANCELLED = "theirs_until_cancelled"
    GAVE_IT_BACK = "gave_it_back"
    TAKEN_OFF_IT = "taken_off_it"
    CLAIMED = "claimed"
    DECLINED = "declined"
    YES_TOO_LATE = "yes_too_late"
    ANSWER_WAITS = "answer_waits"
    ANSWER_PARKED = "answer_parked"
    ASKED_BACK = "asked_back"
    NOT_UNDERSTOOD = "not_understood"
    MESSAGE_FAILED = "message_failed"
    MESSAGE_PARKED = "message_parked"
    HELD_FOR_ANOTHER = "held_for_another"
    KEPT_BY_ANOTHER = "kept_by_another"
    JOINED_TOO_LATE = "joined_too_late"
    TIME_HAS_COME = "time_has_come"
    OPTED_OUT = "opted_out"
    UNREACHABLE = "unreachable"
    SUSPENDED = "suspended"
    INACTIVE = "inactive"
    PAUSED = "paused"
    OFFERING = "offering"
    CATCHING_UP = "catching_up"
    NOT_CAUGHT_UP = "not_caught_up"
    NEVER_OFFERED = "never_offered"
    NOT_ACTIVE_THEN = "not_active_then"
    CLOSED_BEFORE_SENT = "closed_before_sent"
    WAITS_TO_BE_SENT = "waits_to_be_sent"
    WAITS_FOR_ANOTHER_TRY = "waits_for_another_try"
    BEING_SENT = "being_sent"
    UNKNOWN_IF_SENT = "unknown_if_sent"
    NOT_DELIVERED = "not_delivered"
    ARRIVED_TOO_LATE = "arrived_too_late"
    SOMEBODY_FASTER = "somebody_faster"
    JOB_CANCELLED = "job_cancelled"
    JOB_EXPIRED = "job_expired"
    READ_NOT_ANSWERED = "read_not_answered"
    NOT_ANSWERED = "not_answered"
    ODD = "odd"


_B = Because
#: What is in braces is a field of `reaching.Facts`, and `failure` what FAILURES says.
SENTENCES: dict[Because, str] = {
    _B.THEIRS: "The job is theirs; it is {job}.",
    _B.VISITED: "They had the job and have completed it.",
    _B.THEIRS_UNTIL_CANCELLED: "The job was theirs until it was cancelled.",
    _B.GAVE_IT_BACK: "They had the job and gave it back on {left_at}; who gave a job back is not asked again.",
    _B.TAKEN_OFF_IT: "They had the job and were taken off it on {left_at}; who was is not asked again.",
    _B.CLAIMED: "They said YES on {said_yes_at}; whose YES came first is being settled, which takes seconds.",
    _B.DECLINED: "They were offered it and said NO.",
    _B.YES_TOO_LATE: "They said YES on {said_yes_at}, but somebody else had been faster.",
    _B.ANSWER_WAITS: "They wrote on {wrote_at}, and that is not handled yet; a sweep hints at it again.",
    _B.ANSWER_PARKED: "They wrote on {wrote_at}; handling that failed time and again, and waits for one of us to look.",
    _B.ASKED_BACK: "They answered on {wrote_at}, but not to which job; we asked which, and they have not said.",
    _B.NOT_UNDERSTOOD: "They wrote on {wrote_at}, and we did not understand it as an answer.",
    _B.MESSAGE_FAILED: "The offer's message failed {with_code}: {failure}.",
    _B.MESSAGE_PARKED: "Sending the offer's message broke our worker time and again; it waits for one of us to look.",
    _B.HELD_FOR_ANOTHER: "It is held for another agent alone until {held_until}, and offered to all if they pass.",
    _B.KEPT_BY_ANOTHER: "It was held for another agent alone, who took it.",
    _B.JOINED_TOO_LATE: "They became an agent on {joined_at}, when nobody was offered it any more.",
    _B.TIME_HAS_COME: "The time of the visit has come: it is offered to nobody any more, and about to expire.",
    _B.OPTED_OUT: "They said STOP or have blocked us, so nothing is sent to them until they write START.",
    _B.UNREACHABLE: "WhatsApp said that their number can't be reached, so nothing is sent until they write.",
    _B.SUSPENDED: "They are suspended, so they are offered nothing.",
    _B.INACTIVE: "They are inactive, so they are offered nothing.",
    _B.PAUSED: "They paused offers until {paused_until}, so they are offered nothing new until then.",
    _B.OFFERING: "It is being offered just now; should that break off, a sweep has it done again.",
    _B.CATCHING_UP: "They have just changed and are being offered what waits for an agent, which takes seconds.",
    _B.NOT_CAUGHT_UP: "They became active only after it was offered, and who does is offered the soonest jobs only.",
    _B.NEVER_OFFERED: "That is odd: they are active and it is searched for, but they were not offered it, and no sweep "
                      "will; put the agent again, unchanged, and they are offered what waits.",
    _B.NOT_ACTIVE_THEN: "They were not offered it to the end, as only active agents are, though they are active now.",
    _B.CLOSED_BEFORE_SENT: "Their offer was closed before its message could be sent.",
    _B.WAITS_TO_BE_SENT: "The offer's message waits to be sent; a sweep hints at it on {next_try_at}.",
    _B.WAITS_FOR_ANOTHER_TRY: "The offer's message could not be sent yet ({tries} tried, the last failed {with_code}); "
                              "it is tried again on {next_try_at}.",
    _B.BEING_SENT: "The offer's message is being sent at this moment.",
    _B.UNKNOWN_IF_SENT: "Nobody knows whether Twilio took the offer's message; it is looked up on {next_try_at}, and "
                        "sent again if it is not there.",
    _B.NOT_DELIVERED: "The offer's message was sent on {tried_at} and is not delivered: their phone is off or offline, "
                      "or they have blocked us, which WhatsApp never tells.",
    _B.ARRIVED_TOO_LATE: "The offer's message arrived on {arrived_at}, when the job had gone to somebody else.",
    _B.SOMEBODY_FASTER: "They were offered it and had not answered when somebody else took it.",
    _B.JOB_CANCELLED: "The job was cancelled before anything came of it.",
    _B.JOB_EXPIRED: "The job expired before it was offered to them.",
    _B.READ_NOT_ANSWERED: "They have read the offer and not answered.",
    _B.NOT_ANSWERED: "The offer has arrived at their phone; they have not answered.",
    _B.ODD: "That is odd: what is on record does not say; the timeline and the messages may.",
}  # fmt: skip
#: What is to be done about an error code -> what it says of a message that has failed.
FAILURES: dict[Advice, str] = {
    Advice.FAIL: "trying again would not have helped",
    Advice.ONCE: "it was tried once more",
    Advice.LATER: "WhatsApp's limit for our sender was reached, until that was given up",
    Advice.NEXT_DAY: "our account's limit for a day was reached, until that was given up",
    Advice.BUG: "we asked for something that can't be: please report it",
    Advice.RETRY: "it was tried again, until that was given up",
    Advice.MEND: "Twilio refused our account's credentials until that was given up",
    Advice.OPTED_OUT: "they have said STOP or blocked us",
    Advice.UNREACHABLE: "their number can't be reached on WhatsApp",
    Advice.NEEDS_TEMPLATE: "they had not written for 24 hours, and then only a template may be sent",
    Advice.ALERT: "our account or sender at Twilio needs looking at",
}
#: These say by themselves how the job ended.
TELL_THE_END = frozenset({_B.VISITED, _B.THEIRS_UNTIL_CANCELLED, _B.JOB_CANCELLED, _B.JOB_EXPIRED})
