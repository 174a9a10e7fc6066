"""Why a job did or did not reach an agent: the most telling cause, and one sentence for it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.rules.inbox.acts import Act
from dispatch.rules.jobs.states import OPEN, JobState
from dispatch.rules.offers.offering import AgentStatus, OfferState
from dispatch.rules.operations import why as operations_why
from dispatch.rules.operations.why import Facts, why
from dispatch.rules.operations.why_sentences import FAILURES, SENTENCES, Because
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
#: Of the round that counts, they had no offer.
NOT_OFFERED = {"joined_at": T, "offered_at": LATER}
CLOSED = OFFERED | {"offer": OfferState.CLOSED, "closed_at": T}
STOPPED = {"opted_out": True, "status": AgentStatus.INACTIVE}
SUSPENDED, INACTIVE = {"status": AgentStatus.SUSPENDED}, {"status": AgentStatus.INACTIVE}


#: What is known, the cause that tells most, and some words of its sentence.
CASES = [
    pytest.param({"is_theirs": True, "job": JobState.IN_PROGRESS}, "theirs", "it is in progress", id="has it"),
    pytest.param({"is_theirs": True, "job": JobState.APPROVED, **STOPPED}, "theirs", "", id="has it, and said STOP"),
    pytest.param({"is_theirs": True, "job": JobState.COMPLETED}, "visited", "completed it.", id="did it"),
    pytest.param({"is_theirs": True, "job": JobState.CANCELLED}, "theirs_until_cancelled", "", id="had it, called off"),
    pytest.param(
        {"gave_back": True, "left_at": T}, "gave_it_back", "back on 2026-11-24 at 09:00:00 UTC", id="gave it back"
    ),
    pytest.param({"gave_back": True, "left_at": T, **STOPPED}, "gave_it_back", "", id="gave it back, then said STOP"),
    pytest.param({"gave_back": False, "left_at": T, "job": JobState.ASSIGNED}, "taken_off_it", "", id="taken off it"),
    pytest.param({"gave_back": True, **OFFERED}, "not_answered", "", id="gave it back, and was asked again"),
    pytest.param({**OFFERED, "offer": OfferState.CLAIMED, "said_yes_at": T}, "claimed", "YES on", id="a YES unsettled"),
    pytest.param({**OFFERED, "offer": OfferState.DECLINED}, "declined", "said NO", id="declined"),
    pytest.param({**TAKEN, "offer": OfferState.DECLINED}, "declined", "", id="declined, and somebody took it"),
    pytest.param(
        {**CANCELLED, "offer": OfferState.DECLINED},
        "declined",
        "now the job is cancelled",
        id="declined, called off",
    ),
    pytest.param({**TAKEN, "said_yes_at": LATER}, "yes_too_late", "09:05:00 UTC, but", id="a later YES"),
    pytest.param(
        {**TAKEN, "said_yes_at": T, "message": MessageState.SENT},
        "yes_too_late",
        "",
        id="a YES beats a lost receipt",
    ),
    pytest.param(
        {**TAKEN, "offer": OfferState.CLAIMED, "said_yes_at": T},
        "yes_too_late",
        "",
        id="a later YES, about to be closed",
    ),
    pytest.param({**OFFERED, "unhandled": True, "wrote_at": T}, "answer_waits", "09:00:00", id="an answer not handled"),
    pytest.param({**OFFERED, "parked": True, "wrote_at": T}, "answer_parked", "one of us", id="an answer parked"),
    pytest.param({**OFFERED, "wrote": Act.ASK_BACK, "wrote_at": T}, "asked_back", "", id="asked which one"),
    pytest.param({**OFFERED, "wrote": Act.UNKNOWN, "wrote_at": T}, "not_understood", "", id="not understood"),
    pytest.param({**OFFERED, "wrote": Act.HELP, "wrote_at": T}, "not_answered", "", id="HELP is no answer"),
    pytest.param(
        {**TAKEN, "wrote": Act.UNKNOWN, "wrote_at": T}, "somebody_faster", "", id="not understood, and gone since"
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 63016},
        "message_failed",
        "error 63016: they had not written for 24 hours",
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
        "said STOP",
        id="failed for STOP",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 63018},
        "message_failed",
        "given up",
        id="tried until given up",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 63007},
        "message_failed",
        "our account",
        id="our own fault",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED, "code": 20003},
        "message_failed",
        "credentials until",
        id="a wrong token for hours",
    ),
    pytest.param({**OFFERED, "message": MessageState.PARKED}, "message_parked", "broke our worker", id="parked"),
    pytest.param(
        {**OFFERED, "message": MessageState.FAILED},
        "message_failed",
        "without an error code",
        id="failed without a code",
    ),
    pytest.param(
        {**TAKEN, "message": MessageState.FAILED, "code": 63016}, "message_failed", "", id="failed, and taken"
    ),
    pytest.param(
        {**EXPIRED, "message": MessageState.FAILED, "code": 63016},
        "message_failed",
        "; by now the job is expired.",
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
        "",
        id="held for another, and inactive",
    ),
    pytest.param(
        {**NOT_OFFERED, "was_held": True, "job": JobState.ASSIGNED}, "kept_by_another", "", id="kept by another"
    ),
    pytest.param(
        {"joined_at": LATER, "offered_at": T, "job": JobState.APPROVED},
        "joined_too_late",
        "09:05",
        id="joined too late",
    ),
    pytest.param(
        {"joined_at": LATER, "offered_at": T, "job": JobState.EXPIRED},
        "joined_too_late",
        "",
        id="joined after it expired",
    ),
    pytest.param({**NOT_OFFERED, "time_has_come": True}, "time_has_come", "", id="its time has come"),
    pytest.param({**OFFERED, "time_has_come": True}, "not_answered", "", id="offered, and its time has come"),
    pytest.param({**NOT_OFFERED, **STOPPED}, "opted_out", "START", id="said STOP"),
    pytest.param({**CLOSED, **STOPPED}, "opted_out", "", id="was offered it and said STOP"),
    pytest.param({**CLOSED, "unreachable": True}, "unreachable", "", id="WhatsApp does not know their number"),
    pytest.param({**NOT_OFFERED, **SUSPENDED}, "suspended", "", id="suspended"),
    pytest.param({**NOT_OFFERED, **INACTIVE, "follows": True}, "inactive", "", id="inactive"),
    pytest.param({**NOT_OFFERED, **INACTIVE, "job": JobState.ASSIGNED}, "inactive", "", id="inactive, and taken"),
    pytest.param({**EXPIRED, **INACTIVE}, "not_answered", "", id="not answered, and inactive since it expired"),
    pytest.param(
        {**EXPIRED, **INACTIVE, "ended_at": LATER, "closed_at": T}, "inactive", "", id="inactive before it expired"
    ),
    pytest.param({**NOT_OFFERED, "paused_until": LATER}, "paused", "until 2026-11-24 at 09:05:00", id="paused"),
    pytest.param({**NOT_OFFERED, **INACTIVE, "paused_until": LATER}, "inactive", "", id="paused, and inactive"),
    pytest.param({**OFFERED, "paused_until": LATER}, "not_answered", "", id="offered, and paused since"),
    pytest.param({**NOT_OFFERED, "unfollowed": True}, "offering", "", id="just opened"),
    pytest.param({**OFFERED, "message": None}, "offering", "", id="an offer without its message yet"),
    pytest.param({"joined_at": LATER, "offered_at": T, "follows": True}, "catching_up", "", id="joined just now"),
    pytest.param({**CLOSED, "follows": True}, "catching_up", "", id="active again just now"),
    pytest.param({"joined_at": LATER, "offered_at": T}, "not_caught_up", "", id="joined after it was offered"),
    pytest.param(CLOSED, "not_caught_up", "", id="active again"),
    pytest.param(NOT_OFFERED, "never_offered", "odd", id="never offered, still searching"),
    pytest.param({**NOT_OFFERED, "job": JobState.ASSIGNED}, "not_active_then", "", id="never offered, taken"),
    pytest.param(
        {**CLOSED, "job": JobState.APPROVED}, "not_active_then", "", id="inactive for a while, taken meanwhile"
    ),
    pytest.param({**OFFERED, "message": MessageState.WITHDRAWN}, "closed_before_sent", "", id="taken back"),
    pytest.param({**TAKEN, "message": MessageState.WITHDRAWN}, "closed_before_sent", "", id="taken before it was sent"),
    pytest.param({**TAKEN, "message": MessageState.QUEUED}, "closed_before_sent", "", id="taken, to be taken back"),
    pytest.param(
        {**CANCELLED, "message": MessageState.WITHDRAWN},
        "closed_before_sent",
        "is cancelled",
        id="cancelled before it was sent",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.QUEUED, "tries": 0, "next_try_at": T},
        "waits_to_be_sent",
        "on 2026",
        id="waits",
    ),
    pytest.param(
        {**OFFERED, "message": MessageState.QUEUED, "tries": 2, "code": 63018, "next_try_at": T},
        "waits_for_another_try",
        "(2 tried, the last failed with error 63018)",
        id="waits for another try",
    ),
    pytest.param({**OFFERED, "message": MessageState.SENDING}, "being_sent", "", id="being sent"),
    pytest.param({**OFFERED, "message": MessageState.UNKNOWN, "next_try_at": T}, "unknown_if_sent", "", id="unknown"),
    pytest.param(
        {**OFFERED, "message": MessageState.ACCEPTED}, "not_delivered", "sent on 2026-11-24", id="taken by Twilio"
    ),
    pytest.param({**OFFERED, "message": MessageState.SENT}, "not_delivered", "WhatsApp never tells", id="sent"),
    pytest.param({**TAKEN, "message": MessageState.SENT}, "not_delivered", "", id="sent, and taken"),
    pytest.param({**TAKEN, "arrived_at": LATER + timedelta(seconds=1)}, "arrived_too_late", "", id="arrived too late"),
    pytest.param(TAKEN, "somebody_faster", "", id="not answered before it was taken"),
    pytest.param(
        {**TAKEN, "job": JobState.COMPLETED}, "somebody_faster", "now the job is completed", id="taken, and done"
    ),
    pytest.param(
        {**TAKEN, "offer": OfferState.OPEN, "closed_at": None},
        "somebody_faster",
        "",
        id="taken, about to be closed",
    ),
    pytest.param(CANCELLED, "job_cancelled", "", id="called off before they answered"),
    pytest.param({**CANCELLED, "said_yes_at": T}, "job_cancelled", "", id="called off before their YES was settled"),
    pytest.param({**NOT_OFFERED, "job": JobState.CANCELLED}, "job_cancelled", "", id="called off, never offered"),
    pytest.param({**NOT_OFFERED, "job": JobState.EXPIRED}, "job_expired", "", id="expired, never offered"),
    pytest.param({**OFFERED, "message": MessageState.READ}, "read_not_answered", "", id="read"),
    pytest.param(OFFERED, "not_answered", "", id="delivered"),
    pytest.param(EXPIRED, "not_answered", "; by now the job is expired.", id="delivered, and expired"),
    pytest.param({**OFFERED, "offer": OfferState.WON}, "odd", "", id="won, and not theirs"),
]


@each_row(("known", "because", "says"), CASES)
def test_facts_give_the_most_telling_cause(known: dict[str, Any], because: str, says: str) -> None:
    verdict = why(Facts(**known))
    assert verdict.because == because, verdict
    assert says in verdict.explanation
    assert re.fullmatch(r"[A-Z][^{}]*\.", verdict.explanation)
    assert not re.search(r"None|State|not known yet", verdict.explanation)


def test_every_cause_has_a_case() -> None:
    """A cause without a case might never be given."""
    assert {case.values[1] for case in CASES} == set(Because)


def test_every_cause_and_every_advice_has_its_words() -> None:
    assert set(SENTENCES) == set(Because)
    assert set(FAILURES) == set(Advice)
    for sentence in SENTENCES.values():
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


def test_cause_that_waits_for_an_answer_needs_an_open_job() -> None:
    """Causes that wait for an answer are given for open jobs only."""
    waits = {
        cause for cause in Because if cause.name.startswith(("ANSWER_WAITS", "ASKED_BACK", "OFFERING", "CATCHING"))
    }
    found = {
        why(Facts(job=job, offer=offer, message=message, unhandled=True, follows=True, unfollowed=True)).because
        for job in JobState
        if job != JobState.PENDING
        for offer in (None, *OfferState)
        for message in MessageState
    }
    assert waits
    assert not waits & found


def test_moments_are_written_in_utc() -> None:
    lagos = T.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+01:00").tzinfo)
    assert "2026-11-24 at 09:00:00 UTC" in why(Facts(gave_back=True, left_at=lagos)).explanation
    assert operations_why.why(Facts()).because == "never_offered"
