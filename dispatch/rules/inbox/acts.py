"""The act for each word, by how the job concerns the person who wrote it: the table, as data."""

from enum import StrEnum

from dispatch.rules.inbox.words import Word


class JobStanding(StrEnum):
    """How one job concerned this person when the message arrived."""

    OFFERED = "offered"  # they have an open offer
    CLAIMED = "claimed"  # their own claim, not settled
    TAKEN = "taken"  # was offered to them; another agent has it
    GONE = "gone"  # was offered to them; closed for another reason
    DECLINED = "declined"  # they declined it, and it is still open for them
    PASSED = "passed"  # they declined it, and that search is over
    MOVED = "moved"  # they know only an earlier time or place
    RELEASED = "released"  # was theirs; they gave it back or were removed
    ASSIGNED = "assigned"  # theirs, awaiting CONFIRM
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Act(StrEnum):
    """An act in response to a message."""

    CLAIM = "claim"
    DECLINE = "decline"
    CONFIRM = "confirm"
    BEGIN = "begin"
    COMPLETE = "complete"
    RELEASE = "release"
    HELP = "help"
    STOP = "stop"
    RESUME = "resume"
    PAUSE = "pause"
    ASK_BACK = "ask_back"  # ask which job they mean
    EXPLAIN = "explain"  # reply with the status of that job
    UNKNOWN = "unknown"


#: The acts that move a job.
CHANGES = frozenset({Act.CLAIM, Act.DECLINE, Act.CONFIRM, Act.BEGIN, Act.COMPLETE, Act.RELEASE})


def _row(**acts: Act) -> dict[JobStanding, Act]:
    return {standing: acts.get(standing, Act.EXPLAIN) for standing in JobStanding}


# A word about a known job. Where a row names no act, the act is EXPLAIN.
_ROWS: dict[Word, dict[JobStanding, Act]] = {
    # A NO is taken back by a YES while the job is still open.
    Word.YES: _row(offered=Act.CLAIM, declined=Act.CLAIM),
    Word.NO: _row(offered=Act.DECLINE, claimed=Act.DECLINE),
    # A CONFIRM that follows a YES at once counts if the YES wins.
    Word.CONFIRM: _row(claimed=Act.CONFIRM, assigned=Act.CONFIRM),
    # "I can't make it" declines an offer and gives a job back. Once the visit has begun, operations decide.
    Word.RELEASE: _row(offered=Act.DECLINE, claimed=Act.DECLINE, assigned=Act.RELEASE, approved=Act.RELEASE),
    Word.BEGIN: _row(approved=Act.BEGIN),
    Word.START: _row(approved=Act.BEGIN),
    Word.COMPLETE: _row(approved=Act.COMPLETE, in_progress=Act.COMPLETE),
    Word.HELP: dict.fromkeys(JobStanding, Act.HELP),
    Word.STOP: dict.fromkeys(JobStanding, Act.STOP),
    Word.QUIT: dict.fromkeys(JobStanding, Act.ASK_BACK),
    Word.RESUME: dict.fromkeys(JobStanding, Act.RESUME),
    Word.PAUSE: dict.fromkeys(JobStanding, Act.PAUSE),
    Word.WEAK: dict.fromkeys(
        JobStanding, Act.UNKNOWN
    ),  # an answer to a question has become that question's word before
    Word.UNKNOWN: dict.fromkeys(JobStanding, Act.UNKNOWN),
}
TABLE: dict[tuple[Word, JobStanding], Act] = {
    (word, standing): act for word, row in _ROWS.items() for standing, act in row.items()
}

# For a word that names no job and can change none: reply with the status of the newest job with one of these
# standings, else of the newest job.
NEAREST: dict[Word, frozenset[JobStanding]] = {
    Word.YES: frozenset(
        {JobStanding.CLAIMED, JobStanding.TAKEN, JobStanding.GONE, JobStanding.MOVED, JobStanding.RELEASED}
    ),
    Word.NO: frozenset({JobStanding.ASSIGNED, JobStanding.APPROVED, JobStanding.IN_PROGRESS}),
    Word.CONFIRM: frozenset({JobStanding.APPROVED, JobStanding.MOVED}),
    Word.RELEASE: frozenset({JobStanding.IN_PROGRESS, JobStanding.RELEASED, JobStanding.MOVED}),
    Word.BEGIN: frozenset({JobStanding.IN_PROGRESS, JobStanding.ASSIGNED}),
    Word.START: frozenset({JobStanding.IN_PROGRESS, JobStanding.ASSIGNED}),
    Word.COMPLETE: frozenset({JobStanding.COMPLETED, JobStanding.ASSIGNED}),
}
