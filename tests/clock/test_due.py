"""Due timers: each has its effect once, and none if the job has moved on."""

from datetime import timedelta

import pytest

from config.queues import ARMING_HORIZON
from dispatch import redis_client, shelf
from dispatch.actions import timers
from dispatch.actions.clock import due as clock_due
from dispatch.actions.inbox import arrivals
from dispatch.actions.jobs import events
from dispatch.actions.jobs import reminders as jobs_reminders
from dispatch.models import Agent, Job, Message, Offer, OfferState, Timer
from dispatch.models.base.record import utc_now
from dispatch.models.timer import FIRING_LEASE
from dispatch.rules.clock import timer_kinds
from dispatch.rules.jobs.states import JobState
from tests.builders import a_job, an_agent, an_inbound_form
from tests.pretending import hinted

pytestmark = pytest.mark.usefixtures("stores_clean")


def timer_of(job, kind):
    return Timer.objects.get(job=job.id, kind=kind.name)


def an_approved_job(starts_in="2d"):
    agent, job = an_agent(), a_job(starts_in)
    [offer] = Offer.make(job.id, 1, 1, [agent.id], utc_now())
    Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": agent.id}, agent=agent.id, offer=offer.id, round=1)
    Job.move(job.id, JobState.APPROVED, utc_now(), agent=agent.id)
    events.follow_up(job.id, utc_now())
    return Job.get(job.id)


def a_pending_job_that_starts_now(agent=None):
    job = a_job("1h")
    events.follow_up(job.id, utc_now())
    Job.collection().update_one({"_id": job.id}, {"$set": {"starts_at": utc_now() - timedelta(seconds=1)}})
    return Job.get(job.id)


def fire(job, kind, after=timedelta()):
    timer = timer_of(job, kind)
    clock_due.fire(timer.id, timer.due_at, max(timer.due_at, utc_now()) + after)
    return Timer.objects(job=job.id, kind=kind.name).first()  # a timer without effect is removed


def kinds(job):
    return sorted(message.kind for message in Message.objects(job=job.id, direction="outbound"))


def reminders(job):
    return [kind for kind in kinds(job) if kind.startswith("reminder")]


LATER = max(FIRING_LEASE, clock_due.RECHECK_AFTER)
BOTH = ["reminder_agent", "reminder_client"]


def test_a_reminder_is_due_half_an_hour_before_the_visit():
    job = an_approved_job("2d")
    due = timedelta(days=2) - timedelta(minutes=30)
    assert abs(timer_of(job, timer_kinds.REMINDER).due_at - utc_now() - due) < timedelta(seconds=5)
    assert hinted("reminders") == []


def test_a_visit_approved_later_than_that_has_no_reminder():
    job = an_approved_job("10m")
    assert Timer.objects(job=job.id, kind=timer_kinds.REMINDER.name).count() == 0


def test_a_reminder_is_sent_to_agent_and_client_once():
    job = an_approved_job()
    assert fire(job, timer_kinds.REMINDER).fired_at is not None
    fire(job, timer_kinds.REMINDER)
    assert reminders(job) == BOTH
    assert [event["name"] for event in Job.get(job.id).timeline].count("reminded") == 1


def test_a_reminder_whose_worker_died_before_the_end_is_sent_to_both_once(monkeypatch):
    job = an_approved_job()
    with monkeypatch.context() as killed:
        killed.setattr(Timer, "finish", lambda *_: None)
        assert fire(job, timer_kinds.REMINDER).fired_at is None
    assert fire(job, timer_kinds.REMINDER).fired_at is None  # the lease of the dead worker has not ended
    assert fire(job, timer_kinds.REMINDER, LATER).fired_at is not None
    assert reminders(job) == BOTH
    assert [event["name"] for event in Job.get(job.id).timeline].count("reminded") == 1


@pytest.mark.parametrize("to", [JobState.IN_PROGRESS, JobState.COMPLETED, JobState.CANCELLED])
def test_a_job_in_a_later_state_gets_no_reminder(to):
    job = an_approved_job()
    Job.move(job.id, to, utc_now(), agent=job.agent)
    assert fire(job, timer_kinds.REMINDER).fired_at is not None
    assert reminders(job) == []


def test_a_reminder_is_missed_when_the_approval_is_followed_up_after_the_start():
    """The worker that had to set the reminder died, and no other worker was running."""
    agent, job = an_agent(), a_job("1h")
    for state in (JobState.ASSIGNED, JobState.APPROVED):
        Job.move(job.id, state, utc_now(), change={"agent": agent.id}, agent=agent.id, round=1)
    back = job.starts_at + timedelta(minutes=1)
    Job.collection().update_one({"_id": job.id}, {"$set": {"unfollowed": [Job.get(job.id).timeline[-1]["id"]]}})
    events.follow_up(job.id, back)
    timer = timer_of(job, timer_kinds.REMINDER)
    clock_due.fire(timer.id, timer.due_at, back)
    assert (reminders(job), timer_of(job, timer_kinds.REMINDER).missed_at) == ([], back)
    assert Job.get(job.id).attention == "reminder_missed"


def test_a_reminder_written_in_time_is_not_missed_when_its_timer_fires_again_after_the_start(monkeypatch):
    """The worker died before the timer was marked as fired. The reminder itself is queued, so the outbox decides."""
    job = an_approved_job()
    with monkeypatch.context() as killed:
        killed.setattr(Timer, "finish", lambda *_: None)
        fire(job, timer_kinds.REMINDER)
    timer = fire(job, timer_kinds.REMINDER, timedelta(hours=1))
    assert (reminders(job), timer.missed_at, bool(timer.fired_at)) == (BOTH, None, True)
    assert Job.get(job.id).attention is None


def test_a_reminder_unsent_at_the_start_is_missed_once():
    job = an_approved_job()
    fired = fire(job, timer_kinds.REMINDER)
    for _ in range(2):  # agent's and client's
        jobs_reminders.missed(Job.get(job.id), job.starts_at)
    timer = timer_of(job, timer_kinds.REMINDER)
    assert (timer.fired_at, timer.missed_at) == (fired.fired_at, job.starts_at)
    names = [event["name"] for event in Job.get(job.id).timeline]
    assert (names.count("reminder_missed"), names.count("attention")) == (1, 1)


def test_an_expiry_waits_for_the_forms_on_the_shelf():
    """MongoDB was down when they arrived. A YES may be among them."""
    job = a_pending_job_that_starts_now()
    redis_client.client().rpush(shelf.RESCUED, "{}")
    assert fire(job, timer_kinds.EXPIRY).fired_at is None
    redis_client.client().delete(shelf.RESCUED)
    fire(job, timer_kinds.EXPIRY, LATER)
    assert Job.get(job.id).status == "expired"


@pytest.mark.parametrize("step", [-timedelta(days=1), -timedelta(hours=1), -timedelta(seconds=2)])
def test_a_timer_armed_before_the_clock_was_set_back_fires_once_when_it_is_due(step):
    """The task runs at its real time, which is too early by the new clock: it does nothing, and is armed again."""
    job = an_approved_job()
    timer = timer_of(job, timer_kinds.REMINDER)
    assert [
        each.id for each in Timer.arm(timer.due_at - timedelta(seconds=59)) if each.kind == timer_kinds.REMINDER.name
    ]
    clock_due.fire(timer.id, timer.due_at, timer.due_at + step)
    assert (reminders(job), timer_of(job, timer_kinds.REMINDER).attempts) == ([], 0)
    assert timer.id not in [each.id for each in Timer.arm(timer.due_at + step)]
    assert timer.id in [each.id for each in Timer.arm(timer.due_at)]
    fire(job, timer_kinds.REMINDER)
    assert reminders(job) == BOTH


@pytest.mark.parametrize("back", [False, True])
def test_a_timer_fired_by_a_clock_set_forward_is_not_fired_again(back):
    """The effect has happened by the wrong clock, and is not repeated."""
    job = an_approved_job()
    timer = timer_of(job, timer_kinds.REMINDER)
    wrong = timer.due_at + timedelta(minutes=10)
    assert timer.id in [each.id for each in Timer.arm(wrong)]
    clock_due.fire(timer.id, timer.due_at, wrong)
    if back:
        clock_due.fire(timer.id, timer.due_at, timer.due_at)
        assert timer.id not in [each.id for each in Timer.arm(timer.due_at + timedelta(hours=1))]
    assert reminders(job) == BOTH


def test_a_task_of_an_earlier_due_time_does_nothing():
    job = an_approved_job()
    stale = timer_of(job, timer_kinds.REMINDER)
    Timer.set(job.id, timer_kinds.REMINDER.name, stale.due_at + timedelta(minutes=10), job.version + 1, ARMING_HORIZON)
    clock_due.fire(stale.id, stale.due_at, stale.due_at)
    assert reminders(job) == []
    fire(job, timer_kinds.REMINDER)
    assert reminders(job) == BOTH


def test_a_reminder_set_again_for_the_same_version_is_not_sent_again():
    job = an_approved_job()
    fire(job, timer_kinds.REMINDER)
    timers.schedule(timer_kinds.REMINDER, job, utc_now())
    assert timer_of(job, timer_kinds.REMINDER).fired_at is not None
    assert reminders(job) == BOTH


def test_an_expired_job_is_reported_to_the_client_once():
    job = a_pending_job_that_starts_now()
    timer = timer_of(job, timer_kinds.EXPIRY)
    fire(job, timer_kinds.EXPIRY)
    clock_due.fire(timer.id, timer.due_at, utc_now())
    assert Job.get(job.id).status == "expired"
    assert kinds(job) == ["expired_client"]


def test_an_expiry_whose_worker_died_is_reported_to_the_client_once(monkeypatch):
    job = a_pending_job_that_starts_now()
    timer = timer_of(job, timer_kinds.EXPIRY)
    with monkeypatch.context() as killed:
        killed.setattr(Timer, "finish", lambda *_: None)
        fire(job, timer_kinds.EXPIRY)
    clock_due.fire(timer.id, timer.due_at, timer.due_at + LATER)
    assert kinds(job) == ["expired_client"]
    assert Timer.objects(job=job.id, next_attempt_at__ne=None).count() == 0


def test_an_expiry_waits_for_a_claim_to_be_settled():
    agent = an_agent()
    job = a_pending_job_that_starts_now()
    [offer] = Offer.of_round(job.id, 1)
    Offer.write_claim(offer.id, offer.id, utc_now(), utc_now())
    assert fire(job, timer_kinds.EXPIRY).fired_at is None
    assert Job.get(job.id).status == "pending"
    Offer.close(offer.id, OfferState.CLOSED)
    fire(job, timer_kinds.EXPIRY, LATER)
    assert (Job.get(job.id).status, offer.agent) == ("expired", agent.id)


def test_an_expiry_waits_for_a_message_that_arrived_before_the_start():
    agent = an_agent()
    job = a_pending_job_that_starts_now()
    arrivals.save(an_inbound_form(phone=agent.phone, Body="yes"), received_at=job.starts_at - timedelta(seconds=1))
    assert fire(job, timer_kinds.EXPIRY).fired_at is None
    assert Job.get(job.id).status == "pending"
    Message.handled(Message.objects.get(direction="inbound").id)
    fire(job, timer_kinds.EXPIRY, LATER)
    assert Job.get(job.id).status == "expired"


def test_an_expiry_does_not_wait_for_a_message_after_the_start():
    job = a_pending_job_that_starts_now()
    arrivals.save(an_inbound_form(Body="yes"))
    fire(job, timer_kinds.EXPIRY)
    assert Job.get(job.id).status == "expired"


def test_an_agent_who_writes_all_the_time_is_asked_after_fifteen_seconds():
    """The agent's messages are handled first, for at most fifteen seconds from the first look."""
    job = an_approved_job()
    agent = Agent.get(job.agent)
    for n, (after, asked) in enumerate([(600, 0), (610, 0), (614, 0), (615, 1)]):
        arrivals.save(an_inbound_form(phone=agent.phone, Body="and another thing", MessageSid=f"SM{n}"))
        fire(job, timer_kinds.ENDING, timedelta(seconds=after))
        assert kinds(job).count("ask_completed") == asked, after


def test_an_expiry_task_before_the_start_does_nothing():
    job = a_job("1h")
    events.follow_up(job.id, utc_now())
    timer = timer_of(job, timer_kinds.EXPIRY)
    clock_due.fire(timer.id, timer.due_at, utc_now())
    assert (Job.get(job.id).status, timer_of(job, timer_kinds.EXPIRY).fired_at) == ("pending", None)


def test_an_assigned_job_does_not_expire():
    job = an_approved_job()
    Timer.set(job.id, timer_kinds.EXPIRY.name, utc_now(), 99, ARMING_HORIZON)
    assert fire(job, timer_kinds.EXPIRY).fired_at is not None
    assert Job.get(job.id).status == "approved"


def test_a_timer_is_armed_when_it_is_due_soon_and_again_after_a_lost_hint():
    job = a_job("1h")
    events.follow_up(job.id, utc_now())
    Timer.objects(job=job.id, kind=timer_kinds.NOT_TAKEN.name).delete()
    timer = timer_of(job, timer_kinds.EXPIRY)
    for seconds_to_due, hints in [(61, 0), (59, 1), (30, 1), (1, 1), (0, 2), (-10, 2), (-11, 3)]:  # behind one
        timers.arm(timer.due_at - timedelta(seconds=seconds_to_due))
        assert len(hinted("reminders")) == hints, seconds_to_due
