"""Which message explains how a job stands."""

from dispatch.rules.inbox.acts import JobStanding
from dispatch.rules.jobs.states import JobState

EXPLANATIONS: dict[JobStanding, str] = {
    JobStanding.OFFERED: "explain_offered",
    JobStanding.CLAIMED: "claim_noted",
    JobStanding.TAKEN: "taken",
    JobStanding.GONE: "gone",
    JobStanding.DECLINED: "explain_declined",
    JobStanding.MOVED: "explain_moved",
    JobStanding.RELEASED: "released",
    JobStanding.ASSIGNED: "explain_assigned",
    JobStanding.APPROVED: "explain_approved",
    JobStanding.IN_PROGRESS: "explain_in_progress",
    JobStanding.COMPLETED: "explain_completed",
}
#: How an end is worded for somebody who asks after it, by how the job stands now.
ENDS: dict[JobState, str] = {JobState.CANCELLED: "gone_cancelled", JobState.EXPIRED: "gone_expired"}
#: How it is worded for somebody who answered to an earlier time or place.
MOVED: dict[JobStanding, str] = {JobStanding.OFFERED: "offer_moved", JobStanding.ASSIGNED: "moved_agent"}
