"""The facts from which the cause is found why an agent has a job or not."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.rules.inbox.acts import Act
from dispatch.rules.jobs.states import OWNED, JobState
from dispatch.rules.offers.offering import AgentStatus, OfferState
from dispatch.rules.outbox.states import MessageState


@dataclass(frozen=True)
class Facts:
    """The records about one job and one agent. A field is None if there is no such record. Moments are aware UTC.

    `offer` and the fields after it, up to `parked`, concern the job's latest round only; `message` is the offer's
    message. `wrote` is the meaning of the agent's last message since the offer, if it concerns this job or no job we
    know; `unhandled`: that message is not handled yet; `parked`: its handling was given up. `gave_back` is True if the
    agent gave the job back since all agents were last asked, False if they were removed from it. `offered_at` is when
    the latest round began, `ended_at` when the job ended. `was_held`: that round was for another agent alone, to its
    end. `follows`: follow-up work for a change of the agent is due; `unfollowed`: follow-up work for an event of the
    job is due. `paused_until`: the agent wants no offers until then.
    """

    job: JobState = JobState.PENDING
    is_theirs: bool = False
    gave_back: bool | None = None
    left_at: datetime | None = None
    offer: OfferState | None = None
    closed_at: datetime | None = None
    message: MessageState | None = None
    code: int | None = None
    tries: int = 0
    tried_at: datetime | None = None
    next_try_at: datetime | None = None
    arrived_at: datetime | None = None
    said_yes_at: datetime | None = None
    wrote: Act | None = None
    wrote_at: datetime | None = None
    unhandled: bool = False
    parked: bool = False
    status: AgentStatus = AgentStatus.ACTIVE
    opted_out: bool = False
    unreachable: bool = False
    paused_until: datetime | None = None
    follows: bool = False
    joined_at: datetime | None = None
    offered_at: datetime | None = None
    ended_at: datetime | None = None
    held_for_other: bool = False
    held_until: datetime | None = None
    was_held: bool = False
    time_has_come: bool = False
    unfollowed: bool = False

    @property
    def searching(self) -> bool:
        """Whether the job still looks for an agent."""
        return self.job == JobState.PENDING

    @property
    def is_open(self) -> bool:
        """Whether this agent may still take the job."""
        return self.searching and self.offer == OfferState.OPEN

    @property
    def taken_by_another(self) -> bool:
        """Whether another agent took the job while it was offered to this one."""
        undecided = self.offer in (OfferState.OPEN, OfferState.CLAIMED)  # about to be closed
        return self.offer == OfferState.TAKEN or (undecided and self.job in (*OWNED, JobState.COMPLETED))

    @property
    def not_asked(self) -> bool:
        """Whether this agent was left out: they had no offer, or theirs was closed while others stayed open."""
        with_the_job = self.job == JobState.EXPIRED and is_after(self.closed_at, self.ended_at)
        return self.offer is None or (self.offer == OfferState.CLOSED and not with_the_job)

    @property
    def joined_later(self) -> bool:
        """Whether the agent was added after the job was offered."""
        return is_after(self.joined_at, self.offered_at)


def is_after(one: datetime | None, other: datetime | None) -> bool:
    """Return whether both moments are known and `one` is later than `other`."""
    return one is not None and other is not None and one > other
