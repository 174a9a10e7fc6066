"""Figures of a run: the value, the ceiling measured in the same run, their ratio, and the bound."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_WIDTHS = "{:10} {:56} {:>12} {:>12} {:>7}  {:14} {}"
HEAD = _WIDTHS.format("row", "what", "figure", "ceiling", "ratio", "to reach", "")


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    `figure` and `ceiling` are medians of rounds in `unit`. `ratio` is the median of the rounds' ratios: a noisy minute
    affects both sides of a round. `reached` is None for a figure without a bound.
    """

    row: str
    what: str
    figure: float
    unit: str
    ceiling: float | None = None
    ratio: float | None = None
    to_reach: str = ""
    reached: bool | None = None

    def __str__(self) -> str:
        return _WIDTHS.format(
            self.row,
            self.what,
            f"{_short(self.figure)} {self.unit}".strip(),
            "" if self.ceiling is None else _short(self.ceiling),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.to_reach,
            {True: "", False: "NOT REACHED", None: ""}[self.reached],
        ).rstrip()


def plain(
    row: str, what: str, values: Sequence[float], unit: str, at_most: float | None = None, at_least: float | None = None
) -> Figure:
    """Return the median of the rounds, with its bound."""
    figure = statistics.median(values)
    reached = None
    if at_most is not None or at_least is not None:
        reached = figure <= (at_most if at_most is not None else figure) and figure >= (at_least or 0)
    bounds = [f"{sign} {bound:g}" for sign, bound in ((">=", at_least), ("<=", at_most)) if bound is not None]
    return Figure(row, what, figure, unit, to_reach=" ".join(bounds), reached=reached)


def beside(
    row: str,
    what: str,
    rounds: Sequence[tuple[float, float]],
    unit: str,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Figure:
    """Return a figure and its ceiling from rounds of (figure, ceiling)."""
    ratio = statistics.median(figure / ceiling for figure, ceiling in rounds)
    bound = f"ratio >= {at_least:g}" if at_least is not None else f"ratio <= {at_most:g}" if at_most is not None else ""
    reached = None
    if bound:
        reached = ratio >= at_least if at_least is not None else ratio <= (at_most or 0)
    return Figure(
        row,
        what,
        statistics.median(one for one, _ in rounds),
        unit,
        statistics.median(best for _, best in rounds),
        ratio,
        bound,
        reached,
    )


def write(figures: Sequence[Figure], seconds: float) -> Path:
    """Save a run as JSON, with commit and machine. Return the path."""
    RESULTS.mkdir(exist_ok=True)
    at = datetime.now(UTC)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    found = {
        "at": at.isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "seconds": round(seconds),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "figures": [asdict(each) for each in figures],
    }
    path = RESULTS / f"{at:%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(found, indent=1) + "\n")
    return path


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
