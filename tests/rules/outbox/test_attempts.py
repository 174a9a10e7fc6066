"""The attempts of a message: how a report raises one, and which one the message shows."""

import itertools
from datetime import UTC, datetime

import pytest

from dispatch.rules.outbox import attempts
from dispatch.rules.outbox import states as outbox_states
from dispatch.rules.outbox.states import MessageState
from tests.tables import each_row

AT = datetime(2027, 1, 15, 13, tzinfo=UTC)


def made(*states, **facts):
    """Attempts in these states; `sid2="SM"` gives the second one a SID."""
    found = []
    for n, state in enumerate(states, 1):
        own = {name[:-1]: value for name, value in facts.items() if name.endswith(str(n))}
        found.append({"n": n, "state": state, **own})
    return found


def test_report_raises_its_own_attempt_only():
    before = made("not_found", "sending")
    after = attempts.raised(before, 2, MessageState.SENT, AT, "SM2")
    assert after == [{"n": 1, "state": "not_found"}, {"n": 2, "state": "sent", "sid": "SM2", "sent_at": AT}]
    assert before == made("not_found", "sending")


@each_row(
    ("before", "state", "sid"),
    [
        pytest.param(made("delivered", sid1="SM1"), MessageState.SENT, "SM1", id="late"),
        pytest.param(made("sent", sid1="SM1"), MessageState.SENT, "SM1", id="twice"),
        pytest.param(made("failed", sid1="SM1"), MessageState.UNDELIVERED, "SM1", id="failed and undelivered"),
        pytest.param(made("read", sid1="SM1"), MessageState.SENT, "SM2", id="another SID's, when it is read"),
        pytest.param(made("read", sid1="SM1"), MessageState.READ, "SM2", id="another SID's read, when it is read"),
        pytest.param(made("delivered", sid1="SM1"), MessageState.FAILED, "SM2", id="another SID's, when it arrived"),
        pytest.param(made("failed"), MessageState.UNKNOWN, None, id="a sweep that comes too late"),
    ],
)
def test_a_state_that_is_not_new_changes_nothing(before, state, sid):
    assert attempts.raised(before, 1, state, AT, sid) is None


def test_new_sid_is_kept_although_the_state_is_old():
    after = attempts.raised(made("sent"), 1, MessageState.ACCEPTED, AT, "SM1")
    assert after == made("sent", sid1="SM1")


def test_overtaken_failure_loses_its_error_code():
    [after] = attempts.raised(made("failed", error_code1=63012), 1, MessageState.DELIVERED, AT)
    assert after == {"n": 1, "state": "delivered", "delivered_at": AT}


@each_row(
    ("after", "n", "before", "again", "status"),
    [
        pytest.param(made("sent"), 1, "sending", False, "sent", id="sent"),
        pytest.param(made("unknown"), 1, "sending", True, "unknown", id="unknown"),
        pytest.param(made("failed"), 1, "sending", True, "queued", id="to be tried again"),
        pytest.param(made("failed"), 1, "sending", False, "failed", id="for good"),
        pytest.param(made("undelivered"), 1, "sent", False, "undelivered", id="undelivered"),
        pytest.param(made("not_found"), 1, "unknown", True, "queued", id="never taken"),
        pytest.param(made("not_found"), 1, "unknown", False, "failed", id="never taken, and too late to try again"),
        pytest.param(made("failed", "sending"), 1, "sending", True, "sending", id="the first fails, second under way"),
        pytest.param(made("failed", "unknown"), 1, "unknown", True, "unknown", id="the first fails, second unknown"),
        pytest.param(made("failed", "failed"), 1, "queued", False, "queued", id="old news of the first: still queued"),
        pytest.param(made("failed", "failed"), 1, "failed", True, "failed", id="old news of the first: still failed"),
        pytest.param(made("failed"), 1, "withdrawn", True, "withdrawn", id="nobody brings a withdrawn one back"),
        pytest.param(made("delivered"), 1, "withdrawn", False, "delivered", id="a withdrawn one had arrived after all"),
        pytest.param(made("delivered", "sending"), 1, "sending", False, "delivered", id="the first arrived after all"),
    ],
)
def test_the_decisive_attempt_gives_the_message_its_status(after, n, before, again, status):
    state = MessageState(after[n - 1]["state"])
    assert attempts.summary(after, n, state, before=before, again=again)["status"] == status


def test_code_sid_and_times_come_from_the_best_attempt():
    both = made("failed", "delivered", sid1="SM1", error_code1=63012, sent_at1=AT, sid2="SM2", delivered_at2=AT)
    shown = attempts.summary(both, 2, MessageState.DELIVERED, before="sending", again=False)
    assert shown == {
        "status": "delivered",
        "error_code": None,
        "twilio_sid": "SM2",
        "sent_at": None,
        "delivered_at": AT,
        "read_at": None,
    }


def test_reported_failures_are_attempts_that_twilio_accepted():
    tried = made("failed", "failed", "undelivered", "sent", sid2="SM2", sid3="SM3", sid4="SM4")
    assert attempts.reported_failures(tried, besides=4) == 2
    assert attempts.reported_failures(tried, besides=3) == 1


def test_a_message_without_attempts_has_no_decisive_attempt():
    with pytest.raises(ValueError, match="no attempts"):
        attempts.decisive([])


#: The reports that Twilio may send about one attempt, its answer to the POST first.
STORIES = [
    ("accepted", "sent", "delivered", "read"),
    ("accepted", "sent", "undelivered", "delivered"),
    ("accepted", "failed", "delivered", "read"),
    ("accepted", "sent", "failed", "undelivered"),
    ("accepted", "unknown", "not_found", "sent"),
]


@each_row("story", STORIES, ids="-".join)
def test_repeated_reports_in_any_order_end_in_the_same_state(story):
    """Reports come in each order, each repeated at each later place. The state only rises, and ends the same."""
    best = max(story, key=lambda state: outbox_states.ATTEMPT_RANK[state])
    for order in itertools.permutations(story):
        for again, place in itertools.product(range(4), range(1, 5)):
            told = [*order[:place], order[again], *order[place:]]
            standing = made("sending")
            for state in told:
                after = attempts.raised(standing, 1, MessageState(state), AT, "SM1") or standing
                before, now = standing[0]["state"], after[0]["state"]
                assert now == before or outbox_states.rises(before, now)
                standing = after
            assert outbox_states.ATTEMPT_RANK[standing[0]["state"]] == outbox_states.ATTEMPT_RANK[best]
            if "delivered" in told:
                assert standing[0]["state"] in ("delivered", "read")
