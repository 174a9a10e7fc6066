"""Which message explains how a job stands."""

from dispatch.rules.effects import Standing
from dispatch.rules.job_states import JobState

EXPLANATIONS: dict[Standing, str] = {
    Standing.OFFERED: "explain_offered",
    Standing.CLAIMED: "claim_noted",
    Standing.TAKEN: "taken",
    Standing.GONE: "gone",
    Standing.DECLINED: "explain_declined",
    Standing.MOVED: "explain_moved",
    Standing.RELEASED: "released",
    Standing.ASSIGNED: "explain_assigned",
    Standing.APPROVED: "explain_approved",
    Standing.IN_PROGRESS: "explain_in_progress",
    Standing.COMPLETED: "explain_completed",
}
#: How an end is worded for somebody who asks after it, by how the job stands now.
ENDS: dict[JobState, str] = {JobState.CANCELLED: "gone_cancelled", JobState.EXPIRED: "gone_expired"}
#: How it is worded for somebody who answered to an earlier time or place.
MOVED: dict[Standing, str] = {Standing.OFFERED: "offer_moved", Standing.ASSIGNED: "moved_agent"}
