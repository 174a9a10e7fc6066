"""What each word does to a job, by how that job stands for the person: the table, as data."""

from enum import StrEnum

from dispatch.rules.words import Word


class Standing(StrEnum):
    """How one job stood for this person when the message arrived."""

    OFFERED = "offered"  # an open offer, sent to them before
    CLAIMED = "claimed"  # their own claim, not settled
    TAKEN = "taken"  # was offered to them, went to somebody else
    GONE = "gone"  # was offered to them; closed for another reason
    DECLINED = "declined"  # they declined it
    MOVED = "moved"  # they know it by an earlier time or place
    RELEASED = "released"  # was theirs, until they gave it back or were taken off it
    ASSIGNED = "assigned"  # theirs, awaiting CONFIRM
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Act(StrEnum):
    """What to do about it."""

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
    ASK_BACK = "ask_back"  # which job?
    EXPLAIN = "explain"  # tell them how that job stands
    UNKNOWN = "unknown"


#: The acts that move a job.
CHANGES = frozenset({Act.CLAIM, Act.DECLINE, Act.CONFIRM, Act.BEGIN, Act.COMPLETE, Act.RELEASE})


def _row(**acts: Act) -> dict[Standing, Act]:
    return {standing: acts.get(standing, Act.EXPLAIN) for standing in Standing}


# A word about a known job. What is not named in a row is explained.
_ROWS: dict[Word, dict[Standing, Act]] = {
    Word.YES: _row(offered=Act.CLAIM),
    Word.NO: _row(offered=Act.DECLINE, claimed=Act.DECLINE),
    Word.CONFIRM: _row(assigned=Act.CONFIRM),
    # "I can't make it" passes on an offer and gives a job back; once begun, that is for operations to decide.
    Word.RELEASE: _row(offered=Act.DECLINE, claimed=Act.DECLINE, assigned=Act.RELEASE, approved=Act.RELEASE),
    Word.BEGIN: _row(approved=Act.BEGIN),
    Word.START: _row(approved=Act.BEGIN),
    Word.COMPLETE: _row(approved=Act.COMPLETE, in_progress=Act.COMPLETE),
    Word.HELP: dict.fromkeys(Standing, Act.HELP),
    Word.STOP: dict.fromkeys(Standing, Act.STOP),
    Word.RESUME: dict.fromkeys(Standing, Act.RESUME),
    Word.PAUSE: dict.fromkeys(Standing, Act.PAUSE),
    Word.WEAK: dict.fromkeys(Standing, Act.UNKNOWN),  # became the word asked, if anything was asked
    Word.UNKNOWN: dict.fromkeys(Standing, Act.UNKNOWN),
}
TABLE: dict[tuple[Word, Standing], Act] = {
    (word, standing): act for word, row in _ROWS.items() for standing, act in row.items()
}

# A word that names no job and changes none: the newest job standing like this is explained, else the newest of all.
NEAREST: dict[Word, frozenset[Standing]] = {
    Word.YES: frozenset({Standing.CLAIMED, Standing.TAKEN, Standing.GONE, Standing.MOVED, Standing.RELEASED}),
    Word.NO: frozenset({Standing.ASSIGNED, Standing.APPROVED, Standing.IN_PROGRESS}),
    Word.CONFIRM: frozenset({Standing.APPROVED, Standing.MOVED}),
    Word.RELEASE: frozenset({Standing.IN_PROGRESS, Standing.RELEASED, Standing.MOVED}),
    Word.BEGIN: frozenset({Standing.IN_PROGRESS, Standing.ASSIGNED}),
    Word.START: frozenset({Standing.IN_PROGRESS, Standing.ASSIGNED}),
    Word.COMPLETE: frozenset({Standing.COMPLETED, Standing.ASSIGNED}),
}
