"""The sweep: enqueues overdue work: messages, claims, events, agents, pauses, alarms and forms of webhooks."""

from datetime import datetime, timedelta

from dispatch.actions import alarms
from dispatch.actions.inbox import rescue
from dispatch.actions.outbox import missing_receipts, send
from dispatch.actions.people import agents, silences
from dispatch.hints import tasks
from dispatch.models import Agent, Alarm, Job, Message, Offer

#: A message that was enqueued is not enqueued again before this: otherwise a backlog would multiply itself.
HINTED = timedelta(seconds=10)
#: A claim that waits this much longer than settling takes has lost its hint.
CLAIM_GRACE = timedelta(seconds=2)


def sweep(now: datetime) -> None:
    """Enqueue all overdue work. Two sweeps at once are harmless: the second task finds the work leased or done."""
    rescue.save_messages()
    for message in Message.overdue_to_handle(now):
        if not message.is_new or Message.postpone_sweep(message.id, message.next_attempt_at, now + HINTED):
            tasks.handle(message.id)
    for job_id in Offer.overdue_claims(now - CLAIM_GRACE):
        tasks.settle(job_id)
    for job_id in Job.overdue(now):
        tasks.follow(job_id)
    for agent_id in Agent.pauses_over(now):
        agents.end_pause(agent_id, now)
    silences.copy_overdue(now)
    for agent_id in Agent.overdue(now):
        tasks.catch_up(agent_id)
    for job_id in Job.without_alarm(now):
        alarms.record_job_alarm(job_id, now)
    for alarm_id in Alarm.overdue(now):
        tasks.post_alarm(alarm_id)
    send.enqueue_overdue(now)
    missing_receipts.enqueue_overdue(now)
    rescue.save_receipts()
