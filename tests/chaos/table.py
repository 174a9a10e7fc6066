"""The table of a run: counts, and the figures that must be zero."""

from collections import Counter
from collections.abc import Sequence

from tests.chaos.invariants import FIGURES, Violation
from tests.chaos.record import Record

#: Number of violations of one check that are printed; the rest is only counted.
SHOWN = 10


def first_of_each(found: Sequence[Violation]) -> list[Violation]:
    """Return the first violations of each figure and check."""
    by_check: dict[tuple[str, str], list[Violation]] = {}
    for each in found:
        by_check.setdefault((each.figure, each.check), []).append(each)
    return [each for some in by_check.values() for each in some[:SHOWN]]


def table(record: Record, found: Sequence[Violation], breaks: int, seconds: float) -> str:
    """Return the table as text."""
    unheard = sum(not each.acknowledged and each.sid not in record.heard_by_sid for each in record.spoken)
    again = sum(len(each.tries) - 1 for each in record.spoken)
    rows = [
        ("seconds", round(seconds)),
        ("injected faults", breaks),
        ("processes that ended", sum(record.deaths.values())),
        ("jobs", len(record.jobs)),
        ("  refused requests", len(record.refused)),
        ("replies", len(record.spoken)),
        ("  repeated by Twilio", again),
        ("  never acknowledged", unheard),
        ("messages on phones", len(record.delivered)),
        ("receipts", sum(len(each.receipts) for each in record.delivered)),
        *((figure, Counter(each.figure for each in found)[figure]) for figure in FIGURES),
    ]
    return "\n".join(f"{name:<26}{count:>8}" for name, count in rows)
