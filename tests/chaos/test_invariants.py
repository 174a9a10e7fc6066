"""The checks find violations: each hand-made record with one mistake is counted under the right figure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from sandbox.twilio import Message as Delivered
from tests.chaos import schedule
from tests.chaos.desk import Outage
from tests.chaos.invariants import Violation, violations
from tests.chaos.people import Posted, Spoken, Try
from tests.chaos.record import Record, Row
from tests.chaos.table import first_of_each, table

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ADA, BEN = ObjectId(), ObjectId()
PHONES = {ADA: "+2348030000001", BEN: "+2348030000002"}
JOB, WON, TIMER = ObjectId(), ObjectId(), ObjectId()


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class Story:
    """A record without mistakes: Ada and Ben got an offer and replied YES. Ada was first; Ben was told."""

    def __init__(self) -> None:
        self.record = Record(ended_at=at(600))
        self.record.agents = [{"_id": agent, "phone": phone} for agent, phone in PHONES.items()]
        self.offers = {agent: ObjectId() for agent in PHONES}
        self.yes = {ADA: self.says(ADA, 3), BEN: self.says(BEN, 4)}
        won = {
            "id": WON,
            "name": "assigned",
            "agent": ADA,
            "round": 1,
            "cause": self.yes[ADA]["_id"],
            "at": at(5),
            "to": "assigned",
        }
        self.job: Row = {
            "_id": JOB,
            "agent": ADA,
            "client_id": "c",
            "property_id": "prop_0",
            "status": "assigned",
            "plan": 1,
            "starts_at": at(9999),
            "round": 1,
            "timeline": [{"id": ObjectId(), "name": "opened", "to": "pending", "at": at(0)}, won],
        }
        self.record.jobs = [self.job]
        plan = schedule.draw(1, jobs=1, replies=1, kills=1, seconds=1).jobs[0]
        self.record.posted = [Posted(plan, "prop_0", str(JOB), "K7F3")]
        for agent, state in ((ADA, "won"), (BEN, "taken")):
            offer, yes = self.offers[agent], self.yes[agent]
            self.record.offers.append(
                {
                    "_id": offer,
                    "job": JOB,
                    "round": 1,
                    "agent": agent,
                    "state": state,
                    "claim": yes["_id"],
                    "claimed_at": yes["received_at"],
                }
            )
            self.told("offer", offer, agent, 1, offer=offer)
        self.won, self.taken = self.told("assigned", WON, ADA, 6), self.told("taken", WON, BEN, 6)
        self.timer: Row = {"_id": TIMER, "job": JOB, "kind": "reminder", "due_at": at(60), "fired_at": at(61)}
        self.nudge: Row = {
            "_id": ObjectId(),
            "job": JOB,
            "kind": "nudge",
            "plan": 1,
            "round": 1,
            "due_at": at(9000),
            "next_attempt_at": at(9000),
        }
        self.record.timers = [self.timer, self.nudge]

    def says(self, agent: ObjectId, seconds: float) -> Row:
        spoken = Spoken(f"SM{agent}{seconds}", PHONES[agent], "yes K7F3", [Try(at(seconds), at(seconds + 0.1), 204)])
        row = {
            "_id": ObjectId(),
            "direction": "inbound",
            "twilio_sid": spoken.sid,
            "phone": spoken.phone,
            "status": "handled",
            "text": spoken.text,
            "received_at": at(seconds + 0.05),
            "meaning": {"act": "claim", "job": JOB, "offer": self.offers[agent]},
        }
        self.record.spoken.append(spoken)
        self.record.messages.append(row)
        return row

    def told(self, kind: str, cause: ObjectId, agent: ObjectId, seconds: float, **more: object) -> Row:
        row = {
            "_id": ObjectId(),
            "direction": "outbound",
            "kind": kind,
            "key": f"{cause}:{agent}:{kind}",
            "job": JOB,
            "agent": agent,
            "plan": 1,
            "phone": PHONES[agent],
            "status": "delivered",
            "text": f"{kind} {cause}",
            "attempts": [{"n": 1, "state": "delivered"}],
            "created_at": at(seconds),
            **more,
        }
        self.record.messages.append(row)
        self.arrives(row, seconds)
        return row

    def arrives(self, row: Row, seconds: float) -> None:
        self.record.delivered.append(
            Delivered(
                sid=f"SM{ObjectId()}",
                to=f"whatsapp:{row['phone']}",
                from_="whatsapp:+1",
                body=row["kind"],
                status_callback=f"https://desk/status?message={row['_id']}&attempt=1",
                accepted_at=at(seconds),
                status="delivered",
                receipts=[("sent", 204), ("delivered", 204)],
            )
        )

    def never_arrived(self, row: Row) -> None:
        self.record.delivered = [d for d in self.record.delivered if str(row["_id"]) not in d.status_callback]


def found(story: Story) -> set[tuple[str, str]]:
    return {(each.figure, each.check) for each in violations(story.record)}


def test_record_without_mistakes_has_no_violation() -> None:
    story = Story()
    assert violations(story.record) == []
    assert table(story.record, [], 3, 600).splitlines()[-5:] == [
        f"{n:<26}{0:>8}" for n in ("lost", "double", "misassigned", "late", "unlawful")
    ]


def test_only_the_first_violations_of_each_check_are_printed() -> None:
    many = [Violation("lost", "replies_kept", str(n)) for n in range(99)]
    told = first_of_each([*many, Violation("double", "messages_sent", "an offer arrived 2 times")])
    assert str(told[-1]) == "double (messages_sent): an offer arrived 2 times"
    assert len(told) < 20


def a_lost_job(story: Story) -> None:
    story.record.posted[0].job_id = str(ObjectId())


def two_jobs_for_one_post(story: Story) -> None:
    story.record.jobs.append({**story.job, "_id": ObjectId(), "timeline": [], "agent": None})


def two_owners(story: Story) -> None:
    story.job["timeline"].append({**story.job["timeline"][-1], "agent": BEN, "cause": story.yes[BEN]["_id"]})


def a_lost_reply(story: Story) -> None:
    story.record.spoken.append(Spoken("SMlost", PHONES[ADA], "help", [Try(at(20), at(21), 204)]))


def a_parked_reply(story: Story) -> None:
    story.yes[BEN]["status"] = "parked"


def a_webhook_form_left_in_redis(story: Story) -> None:
    story.record.rescued = 1


def a_reply_without_an_answer(story: Story) -> None:
    late = story.says(BEN, 30)
    late["_id"], late["twilio_sid"], late["meaning"] = ObjectId(), "SMlate", {"act": "explain", "job": JOB}
    story.record.spoken.pop()


def two_answers(story: Story) -> None:
    for kind in ("declined", "explain_moved"):
        story.told(kind, story.yes[BEN]["_id"], BEN, 7)


def a_wrong_stamp(story: Story) -> None:
    story.yes[ADA]["received_at"] = at(2)


def a_wrong_winner(story: Story) -> None:
    story.job["timeline"][-1] |= {"agent": BEN, "cause": story.yes[BEN]["_id"]}
    story.job["agent"] = BEN
    story.told("assigned", WON, BEN, 6)
    story.record.offers[0]["state"], story.record.offers[1]["state"] = "taken", "won"
    story.told("taken", WON, ADA, 6)


def a_winner_who_was_not_told(story: Story) -> None:
    story.never_arrived(story.won)
    story.won["status"] = "withdrawn"


def a_loser_who_was_not_told(story: Story) -> None:
    story.record.messages.remove(story.taken)
    story.never_arrived(story.taken)


def a_message_that_did_not_arrive(story: Story) -> None:
    story.never_arrived(story.told("help_agent", ObjectId(), ADA, 9))


def a_message_twice(story: Story) -> None:
    story.arrives(story.won, 8)


def a_receipt_that_was_ignored(story: Story) -> None:
    story.won["attempts"][0]["state"] = "sent"


def a_timer_that_did_not_fire(story: Story) -> None:
    del story.timer["fired_at"]
    story.timer["next_attempt_at"] = at(605)


def a_timer_missed_without_a_reason(story: Story) -> None:
    story.timer.update(missed_at=at(62), fired_at=None)


def a_late_timer(story: Story) -> None:
    story.timer["fired_at"] = at(66)


def a_broken_law(story: Story) -> None:
    story.record.unlawful = [{"law": "claim-unsettled", "kind": "offer", "id": str(JOB), "since": "2026-05-04T12:00"}]


def a_job_that_nothing_moves_on(story: Story) -> None:
    story.record.timers.remove(story.nudge)


def a_slow_webhook(story: Story) -> None:
    story.record.spoken[0].tries.append(Try(at(40), at(46), 204))


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        (a_lost_job, ("lost", "jobs_posted")),
        (two_jobs_for_one_post, ("double", "jobs_posted")),
        (two_owners, ("double", "one_owner")),
        (a_lost_reply, ("lost", "replies_kept")),
        (a_parked_reply, ("lost", "replies_kept")),
        (a_webhook_form_left_in_redis, ("lost", "replies_kept")),
        (a_reply_without_an_answer, ("lost", "replies_answered")),
        (two_answers, ("double", "replies_answered")),
        (a_wrong_stamp, ("misassigned", "stamps")),
        (a_wrong_winner, ("misassigned", "earliest_wins")),
        (a_winner_who_was_not_told, ("lost", "events_told")),
        (a_loser_who_was_not_told, ("lost", "losers_told")),
        (a_message_that_did_not_arrive, ("lost", "messages_sent")),
        (a_message_twice, ("double", "messages_sent")),
        (a_receipt_that_was_ignored, ("lost", "receipts_kept")),
        (a_timer_that_did_not_fire, ("lost", "timers_fired")),
        (a_timer_missed_without_a_reason, ("lost", "timers_fired")),
        (a_late_timer, ("late", "timers_fired")),
        (a_broken_law, ("unlawful", "laws_kept")),
        (a_job_that_nothing_moves_on, ("unlawful", "somebody_moves_it_on")),
        (a_slow_webhook, ("late", "webhooks_answered")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_mistake_is_counted_under_its_figure_and_check(
    breaks: Callable[[Story], None], expected: tuple[str, str]
) -> None:
    story = Story()
    breaks(story)
    assert expected in found(story)


def test_timer_and_webhook_during_an_outage_are_not_late() -> None:
    """The timer was due while beat was down; the webhook was posted while the web was down."""
    story = Story()
    a_late_timer(story)
    a_slow_webhook(story)
    story.record.outages = [Outage("beat", at(55), at(64)), Outage("web", at(38), at(45))]
    assert found(story) == set()
    story.record.outages = [Outage("replies", at(55), at(64)), Outage("core", at(38), at(45))]
    assert found(story) == {("late", "timers_fired"), ("late", "webhooks_answered")}


@pytest.mark.parametrize(("no", "expected"), [(False, {("misassigned", "earliest_wins")}), (True, set())])
def test_yes_counts_as_the_earliest_unless_it_was_taken_back_by_no(no: bool, expected: set[tuple[str, str]]) -> None:
    """Ben was first and replied YES again later. If he said NO in between, Ada's YES was the earliest."""
    story = Story()
    story.says(BEN, 1)
    if no:
        story.says(BEN, 2)["meaning"]["act"] = "decline"
    assert found(story) == expected


def test_winner_who_replied_no_before_the_settlement_needs_no_further_message() -> None:
    """Ada's YES won, but she had replied NO in the meantime, and the job was released: her NO was answered already."""
    story = Story()
    story.record.offers[0]["state"] = "declined"
    released = {"id": ObjectId(), "name": "released", "to": "pending", "agent": ADA, "round": 2}
    story.job["timeline"].append({**released, "offer": story.offers[ADA], "at": at(6)})
    story.job |= {"agent": None, "status": "pending", "round": 2, "attention": "no_agent", "attention_since": at(6)}
    story.job["attentions"] = [{"reason": "no_agent", "since": at(6)}]
    story.nudge |= {"kind": "expiry", "round": 2}
    assert found(story) == set()
    story.record.offers[0]["state"] = "released"
    assert found(story) == {("lost", "events_told")}


def test_answer_may_be_withdrawn_if_later_news_reached_the_person() -> None:
    """The note about Ben's YES, written just after Ada had won, was withdrawn; he was told that the job is taken."""
    story = Story()
    row = story.told("claim_noted", story.yes[BEN]["_id"], BEN, 8, status="withdrawn")
    story.never_arrived(row)
    assert found(story) == set()
    row["kind"] = "declined"
    assert found(story) == {("lost", "messages_sent")}


@pytest.mark.parametrize(("arrived", "expected"), [(2, set()), (3, {("double", "messages_sent")})])
def test_messages_with_equal_texts_share_the_arrived_copies(arrived: int, expected: set[tuple[str, str]]) -> None:
    story = Story()
    one, other = (story.told("ask_back", ObjectId(), ADA, seconds, text="Which?") for seconds in (7, 8))
    story.never_arrived(other)
    for n in range(1, arrived):
        story.arrives(one, 8 + n)
    assert found(story) == expected


@pytest.mark.parametrize(("attempts", "expected"), [([{"n": 1}], set()), ([], {("lost", "timers_fired")})])
def test_reminder_may_be_missed_if_twilio_accepted_no_attempt(
    attempts: list[Row], expected: set[tuple[str, str]]
) -> None:
    story = Story()
    a_timer_missed_without_a_reason(story)
    story.job["starts_at"] = at(200)
    row = story.told("reminder_agent", ObjectId(), ADA, 61, attempts=attempts, status="withdrawn")
    story.never_arrived(row)
    assert found(story) == expected
