"""Sweeping: hinting at whatever is overdue: inbound, claims, events, agents, pauses, alarms, outbound, forms."""

from datetime import datetime, timedelta

from dispatch import queueing
from dispatch.actions import changing, doubting, hearing, sending
from dispatch.models import Agent, Alarm, Job, Message, Offer

#: A message hinted at is not hinted at again for so long: a backlog must not multiply itself.
HINTED = timedelta(seconds=10)
#: A claim that is so much older than it takes to settle has lost its hint.
CLAIM_GRACE = timedelta(seconds=2)


def sweep(now: datetime) -> None:
    """Hint at everything overdue. Harmless when two sweeps run at once: each hint finds the work taken or done."""
    hearing.bring_rescued()
    for message in Message.overdue_to_handle(now):
        if not message.is_new or Message.push_on(message.id, message.next_attempt_at, now + HINTED):
            queueing.handle(message.id)
    for job_id in Offer.overdue_claims(now - CLAIM_GRACE):
        queueing.settle(job_id)
    for job_id in Job.overdue(now):
        queueing.follow(job_id)
    for agent_id in Agent.pauses_over(now):
        changing.end_pause(agent_id, now)
    for agent_id in Agent.overdue(now):
        queueing.catch_up(agent_id)
    for job_id in Job.to_alert(now):
        queueing.alert(job_id)
    for alarm_id in Alarm.owed(now):
        queueing.ring(alarm_id)
    sending.overdue(now)
    doubting.overdue(now)
    hearing.bring_receipts()
