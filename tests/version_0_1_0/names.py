"""Ids, phone numbers, and the names that documents of version 0.1.0 contain."""

from bson import ObjectId

SENDER = "+14155238886"
ADA_PHONE, BISI_PHONE, CLIENT_PHONE = "+2348031111111", "+2348032222222", "+2348033333333"
ADA, BISI, JOB, OFFER, EVENT, MESSAGE, ALARM, TIMER = (ObjectId() for _ in range(8))

#: Kind of a message -> the wordings of its text, where it had several.
MESSAGE_KINDS: dict[str, tuple[str | None, ...]] = {
    **dict.fromkeys(
        """
        explain_offered claim_noted explain_moved assigned moved_agent moved_client details_changed nudge approved
        approved_client began ask_completed explain_assigned explain_approved explain_in_progress withdrawn released
        declined explain_declined cancelled_agent completed_agent explain_completed cancelled_client completed_client
        expired_client ask_back ask_back_none help_agent opted_out resumed paused client_reply stranger_reply
        """.split(),  # noqa: SIM905
        (None,),
    ),
    "offer": (None, "offer_held", "offer_moved", "offer_again"),
    "taken": (None, "taken_at"),
    "gone": (None, "gone_cancelled", "gone_expired"),
    "reminder_agent": (None, "reminder_agent_late"),
    "reminder_client": (None, "reminder_client_late"),
}
#: Kind of a timer -> the state of a job that it was for.
TIMER_KINDS = {
    "expiry": "pending",
    "hold": "pending",
    "nudge": "assigned",
    "unconfirmed": "assigned",
    "reminder": "approved",
    "ending": "approved",
    "not_completed": "in_progress",
}
#: Name of an event -> the state of its job after it.
EVENTS = {
    "opened": "pending",
    "hold_ended": "pending",
    "moved": "pending",
    "changed": "pending",
    "client_changed": "pending",
    "released": "pending",
    "assigned": "assigned",
    "approved": "approved",
    "in_progress": "in_progress",
    "completed": "completed",
    "cancelled": "cancelled",
    "expired": "expired",
}
