"""Timers survive killed workers and beats, an emptied broker, early redelivery, two beats, and moved jobs."""

import signal
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import redis

from config.queues import WORKERS
from dispatch.actions import timers
from dispatch.actions.jobs import events, replan
from dispatch.models import Agent, Job, Message, Offer, Timer
from dispatch.models.base.record import utc_now
from dispatch.rules.clock.timer_kinds import REMINDER
from dispatch.rules.jobs.states import JobState
from sandbox.twilio.ledger import Message as Sent
from tests.builders import a_job, an_agent
from tests.conftest import Servers
from tests.live.desk import LiveDesk
from tests.live.fixtures import a_desk, database_of
from tests.waiting import until

LEAD = 30 * 60
#: Long, as the machine may be busy. The tests look for messages that come too early, twice or never.
PATIENCE = 30
OTHERS = tuple(queue for name, queues in WORKERS.items() if name != "clock" for queue in queues)


@pytest.fixture(scope="module")
def desk_of_the_module(servers: Servers) -> Iterator[LiveDesk]:
    """A desk with one worker for timers and another worker for all other queues."""
    desk = a_desk(servers, "surviving", 6)
    desk.twilio.start()
    try:
        desk.start_web()
        desk.start_worker("clock", WORKERS["clock"])
        desk.start_worker("others", OTHERS)
        desk.start_beat()
        desk.wait_until_ready()
        with database_of(desk):
            yield desk
    finally:
        desk.stop()


@pytest.fixture
def desk(desk_of_the_module: LiveDesk) -> LiveDesk:
    """The module's desk, with all processes running. The test's own hints are dropped."""
    if "clock" not in desk_of_the_module.processes:
        desk_of_the_module.start_worker("clock", WORKERS["clock"])
    if "beat" not in desk_of_the_module.processes:
        desk_of_the_module.start_beat()
    desk_of_the_module.wait_until_ready()
    return desk_of_the_module


def a_job_to_confirm(reminder_in: int) -> Job:
    """Create an agent's job. Once it is confirmed, its reminder is due after these seconds."""
    agent, job = an_agent(), a_job(f"{LEAD + reminder_in}s")
    [offer] = Offer.make(job.id, 1, 1, [agent.id], utc_now())
    Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": agent.id}, agent=agent.id, offer=offer.id, round=1)
    return Job.get(job.id)


def confirmed(desk: LiveDesk, job: Job) -> Timer:
    """Confirm a job, which sets its reminder; return the timer."""
    desk.post(f"/api/jobs/{job.id}/approve_schedule", {}, 200)
    return until(lambda: Timer.objects(job=job.id, kind=REMINDER.name, version__gt=job.version).first(), PATIENCE)


def in_redis(desk: LiveDesk, *keys: str) -> str:
    """Return Redis' content under these keys: "reminders" is the queue, "unacked" are tasks held by workers."""
    with redis.Redis.from_url(desk.environment["REDIS_URL"], decode_responses=True) as broker:
        return "".join("".join(broker.hvals(key) if key == "unacked" else broker.lrange(key, 0, -1)) for key in keys)


def wait_until_held(desk: LiveDesk, timer: Timer) -> None:
    """Wait until a worker holds a timer's ETA task."""
    until(lambda: str(timer.id) in in_redis(desk, "unacked") or utc_now() > timer.due_at, PATIENCE, "an armed timer")


def wait_until_no_more_hints(desk: LiveDesk, timer: Timer) -> None:
    """Wait until Redis contains no task that could fire the timer again."""
    until(lambda: str(timer.id) not in in_redis(desk, "reminders", "unacked"), PATIENCE, "no more hints")


def reminders(desk: LiveDesk, job: Job) -> list[Sent]:
    """Return the reminders of a job to agent and client."""
    phones = {Agent.must_get(job.agent).phone, job.client_details["phone"]}
    return [message for message in desk.twilio.outbox if "eminder" in message.body and message.phone in phones]


def wait_until_reminded(desk: LiveDesk, job: Job, due_at: datetime) -> Timer:
    """Wait for a job's two reminders, to agent and client. Fail if one comes before its time."""
    until(lambda: len(reminders(desk, job)) >= 2, PATIENCE, "two reminders")
    timer = until(lambda: Timer.objects(job=job.id, kind=REMINDER.name, fired_at__ne=None).first(), PATIENCE, "fired")
    sent = reminders(desk, job)
    assert len({message.phone for message in sent}) == len(sent) == 2
    assert min(message.accepted_at for message in sent) >= due_at == timer.due_at
    assert [each["due_at"] for each in Job.get(job.id).timeline if each["name"] == "reminded"] == [due_at]
    return timer


def test_reminder_comes_although_the_worker_that_held_its_task_was_killed(desk: LiveDesk) -> None:
    """Redis would redeliver the killed worker's task after five minutes; beat enqueues the timer when it is due."""
    timer = confirmed(desk, job := a_job_to_confirm(reminder_in=3))
    wait_until_held(desk, timer)
    desk.kill("clock", signal.SIGKILL)
    desk.start_worker("clock", WORKERS["clock"])
    wait_until_reminded(desk, job, timer.due_at)


def test_timer_that_is_not_armed_yet_fires_after_beat_was_restarted(
    desk: LiveDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis has no task of the timer when beat is killed. The next beat reads the timer from the database."""
    monkeypatch.setattr(timers, "ARMING_HORIZON", 1)
    job = a_job_to_confirm(reminder_in=4)
    Job.move(job.id, JobState.APPROVED, utc_now(), agent=job.agent)
    events.follow_up(job.id, utc_now())
    Message.objects(job=job.id).update(next_attempt_at=utc_now())  # the reminder waits for earlier messages
    timer = Timer.objects.get(job=job.id, kind=REMINDER.name)
    desk.kill("beat", signal.SIGKILL)
    desk.start_beat()
    wait_until_reminded(desk, job, timer.due_at)


def test_armed_timers_fire_although_redis_was_emptied(desk: LiveDesk) -> None:
    """FLUSHDB while one task is held by a worker, which is then killed, and another task is in the queue."""
    held = confirmed(desk, one := a_job_to_confirm(reminder_in=3))
    wait_until_held(desk, held)
    desk.kill("clock", signal.SIGKILL)
    queued = confirmed(desk, other := a_job_to_confirm(reminder_in=3))
    until(lambda: str(queued.id) in in_redis(desk, "reminders"), PATIENCE, "a hint in the queue")
    with redis.Redis.from_url(desk.environment["REDIS_URL"]) as broker:
        broker.flushdb()
    desk.start_worker("clock", WORKERS["clock"])
    wait_until_reminded(desk, one, held.due_at)
    wait_until_reminded(desk, other, queued.due_at)


def test_timer_fires_once_with_two_beats(desk: LiveDesk) -> None:
    """Both beats enqueue due timers repeatedly. One task fires each timer."""
    desk.spawn("beat2", "-m", "celery", "-A", "celery_app", "beat", "--schedule", str(desk.directory / "beat2"))
    try:
        until(lambda: {each.name for each in desk.directory.glob("beat2*")} - {"beat2.log"}, PATIENCE, "a second beat")
        armed = [(job, confirmed(desk, job)) for job in [a_job_to_confirm(reminder_in=2) for _ in range(5)]]
        for job, timer in armed:
            wait_until_no_more_hints(desk, wait_until_reminded(desk, job, timer.due_at))
    finally:
        desk.kill("beat2", signal.SIGKILL)
    assert [Timer.objects.get(pk=timer.id).attempts for _, timer in armed] == [1] * len(armed)


def moved(job: Job, reminder_in: int) -> Job:
    """Move a job, so that its reminder is due after these seconds (the API knows only minutes)."""
    starts = (utc_now() + timedelta(seconds=LEAD + reminder_in)).astimezone(job.starts_at.tzinfo)
    plan = {"timezone": "UTC", "inspection_date": f"{starts:%Y-%m-%d}", "inspection_time": f"{starts:%H:%M:%S}"}
    after = replan.replace(job.id, plan, utc_now())
    assert after is not None
    return after


def test_reminder_comes_at_the_new_time_when_a_job_is_moved_with_its_timer_armed(desk: LiveDesk) -> None:
    """One job is moved to an earlier, one to a later time. The old tasks run at the old time and do nothing."""
    earlier, later = a_job_to_confirm(reminder_in=6), a_job_to_confirm(reminder_in=3)
    old = [confirmed(desk, job) for job in (earlier, later)]
    for timer in old:
        wait_until_held(desk, timer)
    jobs = [moved(earlier, reminder_in=3), moved(later, reminder_in=6)]
    new = [confirmed(desk, job) for job in jobs]
    assert new[0].due_at < old[0].due_at
    assert new[1].due_at > old[1].due_at
    for job, timer in zip(jobs, new, strict=True):
        wait_until_reminded(desk, job, timer.due_at)
    for timer in (*old, *new):
        wait_until_no_more_hints(desk, timer)
    for job, timer in zip(jobs, new, strict=True):
        wait_until_reminded(desk, job, timer.due_at)


def test_timer_fires_once_although_its_task_is_redelivered_repeatedly(desk: LiveDesk) -> None:
    """The visibility timeout is shorter than the ETA, so two workers hold several copies of the task."""
    desk.kill("clock", signal.SIGKILL)
    hasty = ("hasty", "hasty2")
    for name in hasty:
        desk.start_worker(name, WORKERS["clock"], "tests.faults.hasty_broker", concurrency=1)
    try:
        desk.wait_until_ready()
        timer = confirmed(desk, job := a_job_to_confirm(reminder_in=4))
        wait_until_no_more_hints(desk, wait_until_reminded(desk, job, timer.due_at))
        delivered = [line for name in hasty for line in desk.log(name).decode().splitlines() if "delivered" in line]
        assert sum(str(timer.id) in line for line in delivered) >= 2
        assert Timer.objects.get(pk=timer.id).attempts == 1
    finally:
        for name in hasty:
            desk.kill(name, signal.SIGKILL)
