"""Reminding: agent and client are reminded of a visit, late if need be, and never once it should have begun."""

from datetime import datetime

import structlog

from dispatch.actions import alarms, drafts, timers
from dispatch.models import Agent, Job, Message, Timer
from dispatch.rules import timing
from dispatch.rules.clock import timer_kinds
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox import kinds
from dispatch.wording import facts

log = structlog.get_logger(__name__)


def remind(job: Job, timer: Timer, now: datetime) -> None:
    """Remind both, each once for this due time; when it is late, the words say so and how long there is left.

    A reminder that was not written before the visit should have begun is missed.
    """
    if job.state != JobState.APPROVED:
        return
    both = _drafts(job, timer, now)
    if job.starts_at > now:
        drafts.save_and_send(both, now)
    elif len(Message.by_keys([draft["key"] for draft in both])) < len(both):
        missed(job, now)
        return
    Job.note(job.id, "reminded", now, due_at=timer.due_at)


def missed(job: Job, now: datetime) -> None:
    """A reminder of the visit as it is planned now did not go out before it: operations are told. Once for each plan.

    Also for whoever finds one that was written and is not sent yet.
    """
    log.warning("reminder missed", job=str(job.id))
    alarms.flag_attention(job, Reason.REMINDER_MISSED, now, plan=job.plan)
    Job.note(job.id, "reminder_missed", now, plan=job.plan)
    Timer.mark_missed(job.id, timer_kinds.REMINDER.name, job.plan, now)


def _drafts(job: Job, timer: Timer, now: datetime) -> list[drafts.Draft]:
    agent = Agent.must_get(job.agent)
    late = job.starts_at > now and timing.is_late(timer.due_at, now)
    cause = timers.cause(timer)
    if not late:
        return [
            drafts.to_owner(kinds.REMINDER_AGENT, cause, job, agent),
            drafts.to_client(kinds.REMINDER_CLIENT, cause, job, agent),
        ]
    to_both = {
        kinds.REMINDER_AGENT_LATE: agent.language,
        kinds.REMINDER_CLIENT_LATE: job.client_details.get("language"),
    }
    agents, clients = (
        {"time_left": facts.less_than(job.starts_at, now, drafts.language_for(kind, language))}
        for kind, language in to_both.items()
    )
    return [
        drafts.to_owner(kinds.REMINDER_AGENT, cause, job, agent, agents, wording=kinds.REMINDER_AGENT_LATE),
        drafts.to_client(kinds.REMINDER_CLIENT, cause, job, agent, clients, wording=kinds.REMINDER_CLIENT_LATE),
    ]
