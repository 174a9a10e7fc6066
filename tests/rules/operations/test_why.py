"""Why a job did or did not reach an agent: the most telling cause, and one sentence for it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.rules.inbox.acts import Act
from dispatch.rules.jobs.states import OPEN, JobState
from dispatch.rules.offers.offering import AgentStatus, OfferState
from dispatch.rules.operations import why_table
from dispatch.rules.operations.why import line_for, why
from dispatch.rules.operations.why_causes import FAILURES, Because
from dispatch.rules.operations.why_facts import Facts
from dispatch.rules.outbox.states import MessageState
from dispatch.rules.outbox.twilio_errors import Advice
from tests.tables import each_row

T = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = T + timedelta(minutes=5)
#: A job that is searched for, offered to them; the offer as it usually ends when the job comes to this.
OFFERED = {
    "offer": OfferState.OPEN,
    "message": MessageState.DELIVERED,
    "tries": 1,
    **dict.fromkeys(("tried_at", "arrived_at", "joined_at", "offered_at"), T),
}
TAKEN = OFFERED | {"job": JobState.ASSIGNED, "offer": OfferState.TAKEN, "closed_at": LATER}
EXPIRED = OFFERED | {"job": JobState.EXPIRED, "offer": OfferState.CLOSED, "ended_at": T, "closed_at": LATER}
CANCELLED = OFFERED | {"job": JobState.CANCELLED, "offer": OfferState.WITHDRAWN, "ended_at": T, "closed_at": LATER}
#: An agent without an offer in the round that counts.
NOT_OFFERED = {"joined_at": T, "offered_at": LATER}
CLOSED = OFFERED | {"offer": OfferState.CLOSED, "closed_at": T}
STOPPED = {"opted_out": True, "status": AgentStatus.INACTIVE}
SUSPENDED, INACTIVE = {"status": AgentStatus.SUSPENDED}, {"status": AgentStatus.INACTIVE}

LINES = (*why_table.REPLIED, *why_table.LEFT_OUT, *why_table.OFFERED, why_table.UNEXPECTED)


#: The facts of a job and an agent, the cause, and words of its sentence.
CASES = [
    pytest.param(
        {"is_theirs": True, "job": JobState.IN_PROGRESS}, "theirs", "has this job; it is in progress", id="has it"
    ),
    pytest.param(
        {"is_theirs": True, "job": JobState.APPROVED, **STOPPED},
        "theirs",
        "The agent has this job",
        id="has it, and said STOP",
    ),
    pytest.param({"is_theirs": True, "job": JobState.COMPLETED}, "theirs", "completed it.", id="did it"),
    pytest.param(
        {"is_theirs": True, "job": JobState.CANCELLED}, "theirs", "until it was cancelled", id="had it, called off"
    ),
    pytest.param(
        {"gave_back": True, "left_at": T},
        "released",
        "gave the job back on 2026-11-24 at 09:00:00 UTC",
        id="gave it back",
    ),
    pytest.param(
        {"gave_back": True, "left_at": T, **STOPPED},
        "released",
        "gave the job back on 2026-11-24 at 09:00:00 UTC",
        id="gave it back, then said STOP",
    ),
    pytest.param(
        {"gave_back": False, "left_at": T, "job": JobState.ASSIGNED},
        "released",
        "removed from the job on",
        id="taken off it",
    ),
    pytest.param(
        {"gave_back": True, **OFFERED},
        "not_answered",
        "delivered to the agent's phone",
        id="gave it back, and was asked again",
    ),
    pytest.param(
        {**OFFERED, "offer": OfferState.CLAIMED, "said_yes_at": T},
        "claimed",
        "replied YES on",
        id="a YES unsettled",
    ),
    pytest.param({**OFFERED, "offer": OfferState.DECLINED}, "declined", "replied NO", id="declined"),
    pytest.param(
        {**TAKEN, "offer": OfferState.DECLINED}, "declined", "replied NO", id="declined, and somebody took it"
    ),
    pytest.param(
        {**CANCELLED, "offer": OfferState.DECLINED},
        "declined",
        "the job is now cancelled",
        id="declined, called off",
    ),
    pytest.param(
        {**TAKEN, "said_yes_at": LATER},
        "taken_by_another",
        "09:05:00 UTC, but another agent was faster",
        id="a later YES",
    ),
    pytest.param(
        {**TAKEN, "said_yes_at": T, "message": MessageState.SENT},
        "taken_by_another",
        "another agent was faster",
        id="a YES beats a lost receipt",
    ),
    pytest.param(
        {**TAKEN, "offer": OfferState.CLAIMED, "said_yes_at": T},
        "taken_by_another",
        "another agent was faster",
        id="a later YES, about to be closed",
    ),
    pytest.param(
        {**OFFERED, "unhandled": True, "wrote_at": T},
        "reply_not_handled",
        "wrote on 2026-11-24 at 09:00:00 UTC; that message is not handled",
        id="an answer not handled",
    ),
    pytest.param(
        {**OFFERED, "parked": True, "wrote_at": T},
        "reply_not_handled",
        "manual retry needed",
        id="an answer parked",
    ),
    pytest.param(
        {**OFFERED, "wrote": Act.ASK_BACK, "wrote_at": T},
        "reply_unclear",
        "without naming a job",
        id="asked which one",
    ),
    pytest.param(
        {**OFFERED, "wrote": Act.UNKNOWN, "wrote_at": T}, "reply_unclear", "did not understand", id="not understood"
    ),
    pytest.param(
        {**OFFERED, "wrote": Act.HELP, "wrote_at": T},
        "not_answered",
        "delivered to the agent's phone",
        id="HELP is no answer",
    ),
    pytest.param(
        {**TAKEN, "wrote": Act.UNKNOWN, "wrote_at": T},
        "taken_by_another",
        "had not replied when",
        id="not understood, and gone since",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 63016},
        "message_failed",
        "error 63016: the agent had not written for 24 hours",
        id="outside the window",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.UNDELIVERED, "code": 63024},
        "message_failed",
        "be reached on WhatsApp",
        id="not on WhatsApp",
    ),
    pytest.param(
        {**CLOSED, **STOPPED, "message": MessageState.FAILED, "code": 21610},
        "message_failed",
        "replied STOP",
        id="failed for STOP",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 63018},
        "message_failed",
        "rate-limited",
        id="tried until given up",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 63007},
        "message_failed",
        "our account or sender",
        id="our own fault",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 20003},
        "message_failed",
        "refused our account's credentials",
        id="a wrong token for hours",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.PARKED},
        "message_failed",
        "Sending the offer's message failed repeatedly",
        id="parked",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED},
        "message_failed",
        "without an error code",
        id="failed without a code",
    ),
    pytest.param(
        {**TAKEN, "message": MessageState.FAILED, "code": 63016},
        "message_failed",
        "message failed with",
        id="failed, and taken",
    ),
    pytest.param(
        {**EXPIRED, "message": MessageState.FAILED, "code": 63016},
        "message_failed",
        "; the job is now expired.",
        id="failed, and expired",
    ),
    pytest.param(
        {**NOT_OFFERED, "held_for_other": True, "held_until": LATER},
        "held_for_another",
        "until 2026-11-24 at 09:05:00",
        id="held for another",
    ),
    pytest.param(
        {**NOT_OFFERED, "held_for_other": True, "held_until": T, **INACTIVE},
        "held_for_another",
        "another agent alone until",
        id="held for another, and inactive",
    ),
    pytest.param(
        {**NOT_OFFERED, "was_held": True, "job": JobState.ASSIGNED},
        "held_for_another",
        "who took it",
        id="kept by another",
    ),
    pytest.param(
        {"joined_at": LATER, "offered_at": T, "job": JobState.APPROVED},
        "active_too_late",
        "was added on 2026-11-24 at 09:05",
        id="joined too late",
    ),
    pytest.param(
        {"joined_at": LATER, "offered_at": T, "job": JobState.EXPIRED},
        "active_too_late",
        "was added on",
        id="joined after it expired",
    ),
    pytest.param({**NOT_OFFERED, "time_has_come": True}, "job_over", "visit time has come", id="its time has come"),
    pytest.param(
        {**OFFERED, "time_has_come": True},
        "not_answered",
        "delivered to the agent's phone",
        id="offered, and its time has come",
    ),
    pytest.param({**NOT_OFFERED, **STOPPED}, "agent_unavailable", "write START", id="said STOP"),
    pytest.param({**CLOSED, **STOPPED}, "agent_unavailable", "write START", id="was offered it and said STOP"),
    pytest.param(
        {**CLOSED, "unreachable": True},
        "agent_unavailable",
        "can't be reached",
        id="WhatsApp does not know their number",
    ),
    pytest.param({**NOT_OFFERED, **SUSPENDED}, "agent_unavailable", "is suspended", id="suspended"),
    pytest.param({**NOT_OFFERED, **INACTIVE, "follows": True}, "agent_unavailable", "is inactive", id="inactive"),
    pytest.param(
        {**NOT_OFFERED, **INACTIVE, "job": JobState.ASSIGNED},
        "agent_unavailable",
        "is inactive",
        id="inactive, and taken",
    ),
    pytest.param(
        {**EXPIRED, **INACTIVE},
        "not_answered",
        "delivered to the agent's phone",
        id="not answered, and inactive since it expired",
    ),
    pytest.param(
        {**EXPIRED, **INACTIVE, "ended_at": LATER, "closed_at": T},
        "agent_unavailable",
        "is inactive",
        id="inactive before it expired",
    ),
    pytest.param(
        {**NOT_OFFERED, "paused_until": LATER}, "agent_unavailable", "until 2026-11-24 at 09:05:00", id="paused"
    ),
    pytest.param(
        {**NOT_OFFERED, **INACTIVE, "paused_until": LATER},
        "agent_unavailable",
        "is inactive",
        id="paused, and inactive",
    ),
    pytest.param(
        {**OFFERED, "paused_until": LATER},
        "not_answered",
        "delivered to the agent's phone",
        id="offered, and paused since",
    ),
    pytest.param(
        {**NOT_OFFERED, "unfollowed": True}, "offer_pending", "being offered at this moment", id="just opened"
    ),
    pytest.param(
        {**OFFERED, "message": None},
        "offer_pending",
        "being offered at this moment",
        id="an offer without its message yet",
    ),
    pytest.param(
        {"joined_at": LATER, "offered_at": T, "follows": True},
        "offer_pending",
        "status has just changed",
        id="joined just now",
    ),
    pytest.param({**CLOSED, "follows": True}, "offer_pending", "status has just changed", id="active again just now"),
    pytest.param(
        {"joined_at": LATER, "offered_at": T}, "active_too_late", "late joiners", id="joined after it was offered"
    ),
    pytest.param(CLOSED, "active_too_late", "late joiners", id="active again"),
    pytest.param(NOT_OFFERED, "unexpected", "save the agent again (PUT)", id="never offered, still searching"),
    pytest.param(
        {**NOT_OFFERED, "job": JobState.ASSIGNED},
        "active_too_late",
        "taken before this agent became active",
        id="never offered, taken",
    ),
    pytest.param(
        {**CLOSED, "job": JobState.APPROVED},
        "active_too_late",
        "taken before this agent became active",
        id="inactive for a while, taken meanwhile",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.WITHDRAWN},
        "offer_withdrawn",
        "closed before its message was sent",
        id="taken back",
    ),
    pytest.param(
        {**TAKEN, "message": MessageState.WITHDRAWN},
        "offer_withdrawn",
        "closed before its message was sent",
        id="taken before it was sent",
    ),
    pytest.param(
        {**TAKEN, "message": MessageState.QUEUED},
        "offer_withdrawn",
        "closed before its message was sent",
        id="taken, to be taken back",
    ),
    pytest.param(
        {**CANCELLED, "message": MessageState.WITHDRAWN},
        "offer_withdrawn",
        "closed before its message was sent; the job is now cancelled",
        id="cancelled before it was sent",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.QUEUED, "tries": 0, "next_try_at": T},
        "offer_pending",
        "is queued; next attempt on 2026",
        id="waits",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.QUEUED, "tries": 2, "code": 63018, "next_try_at": T},
        "offer_pending",
        "(attempts: 2, the last failed with error 63018)",
        id="waits for another try",
    ),
    pytest.param({**OFFERED, "message": MessageState.SENDING}, "offer_pending", "being sent", id="being sent"),
    pytest.param(
        {**OFFERED, "message": MessageState.UNKNOWN, "next_try_at": T},
        "offer_pending",
        "unknown whether Twilio",
        id="unknown",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.ACCEPTED},
        "not_delivered",
        "was sent on 2026-11-24",
        id="taken by Twilio",
    ),
    pytest.param({**OFFERED, "message": MessageState.SENT}, "not_delivered", "WhatsApp does not report", id="sent"),
    pytest.param({**TAKEN, "message": MessageState.SENT}, "not_delivered", "is not delivered", id="sent, and taken"),
    pytest.param(
        {**TAKEN, "arrived_at": LATER + timedelta(seconds=1)},
        "taken_by_another",
        "arrived on",
        id="arrived too late",
    ),
    pytest.param(TAKEN, "taken_by_another", "had not replied when", id="not answered before it was taken"),
    pytest.param(
        {**TAKEN, "job": JobState.COMPLETED}, "taken_by_another", "the job is now completed", id="taken, and done"
    ),
    pytest.param(
        {**TAKEN, "offer": OfferState.OPEN, "closed_at": None},
        "taken_by_another",
        "had not replied when",
        id="taken, about to be closed",
    ),
    pytest.param(CANCELLED, "job_over", "was cancelled before", id="called off before they answered"),
    pytest.param(
        {**CANCELLED, "said_yes_at": T},
        "job_over",
        "was cancelled before",
        id="called off before their YES was settled",
    ),
    pytest.param(
        {**NOT_OFFERED, "job": JobState.CANCELLED},
        "job_over",
        "was cancelled before",
        id="called off, never offered",
    ),
    pytest.param({**NOT_OFFERED, "job": JobState.EXPIRED}, "job_over", "expired before", id="expired, never offered"),
    pytest.param({**OFFERED, "message": MessageState.READ}, "not_answered", "has read the offer", id="read"),
    pytest.param(OFFERED, "not_answered", "delivered to the agent's phone", id="delivered"),
    pytest.param(EXPIRED, "not_answered", "; the job is now expired.", id="delivered, and expired"),
    pytest.param(
        {**OFFERED, "offer": OfferState.WON}, "unexpected", "records do not explain", id="won, and not theirs"
    ),
]


@each_row(("known", "because", "says"), CASES)
def test_facts_give_the_most_telling_cause(known: dict[str, Any], because: str, says: str) -> None:
    verdict = why(Facts(**known))
    assert verdict.because == because, verdict
    assert says in verdict.explanation
    assert re.fullmatch(r"[A-Z][^{}]*\.", verdict.explanation)
    assert not re.search(r"None|State|not known yet", verdict.explanation)


def test_each_line_of_the_tables_has_a_case_above() -> None:
    found = {line_for(Facts(**case.values[0])) for case in CASES}
    assert set(LINES) == found


def test_each_cause_has_a_line_and_each_advice_its_words() -> None:
    assert {line.because for line in LINES} == set(Because)
    assert set(FAILURES) == set(Advice)


def test_each_line_is_one_sentence_with_known_facts() -> None:
    for sentence in [line.sentence for line in LINES]:
        assert sentence.endswith("."), sentence
        assert ". " not in sentence, "one sentence"
        names = set(re.findall(r"{(\w+)}", sentence)) - {"with_code", "failure"}
        assert names <= set(Facts.__dataclass_fields__), sentence


@each_row("job", JobState)
@each_row("offer", [None, *OfferState])
@each_row("message", [None, *MessageState])
def test_every_combination_of_records_has_a_cause(
    job: JobState, offer: OfferState | None, message: MessageState | None
) -> None:
    verdict = why(Facts(job=job, offer=offer, message=message if offer else None))
    assert verdict.because in Because
    assert (" job " in f" {verdict.explanation}") or job in OPEN


def test_job_that_no_longer_searches_is_not_explained_by_what_is_still_to_come() -> None:
    parts = ("is not handled yet", "without naming a job", "being offered at this moment", "status has just changed")
    waits = {line.sentence for line in LINES if any(part in line.sentence for part in parts)}
    found = {
        line_for(Facts(job=job, offer=offer, message=message, unhandled=True, follows=True, unfollowed=True)).sentence
        for job in JobState
        if job != JobState.PENDING
        for offer in (None, *OfferState)
        for message in MessageState
    }
    assert len(waits) == len(parts)
    assert not waits & found


def test_moments_are_written_in_utc() -> None:
    lagos = T.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+01:00").tzinfo)
    assert "2026-11-24 at 09:00:00 UTC" in why(Facts(gave_back=True, left_at=lagos)).explanation
