"""Tables whose rows can only fail together: one test runs every row, and names each row that failed."""

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

Test = Callable[..., None]


def each_row(
    names: str | Sequence[str], rows: Iterable[Any], ids: Iterable[str] | Callable[[Any], str] | None = None
) -> Callable[[Test], Test]:
    """Run a test once for each row of a table, and fail at the end, naming each row that failed.

    The arguments are those of `pytest.mark.parametrize`. A row may change nothing that another row reads: the
    fixtures of the test are set up once for all rows. Two tables above one test give each pair of their rows.
    """
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = _labelled(columns, list(rows), ids)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def run_each_row(*args: Any, **fixtures: Any) -> None:
            assert table, "the table has no rows"
            faults = [
                fault for label, cells in table if (fault := _fault(test, label, args, fixtures | cells)) is not None
            ]
            assert not faults, "\n".join((f"{len(faults)} of {len(table)} rows failed:", *faults))

        kept = [p for name, p in inspect.signature(test).parameters.items() if name not in columns]
        run_each_row.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
        return run_each_row

    return decorate


def _labelled(
    columns: list[str], rows: list[Any], ids: Iterable[str] | Callable[[Any], str] | None
) -> list[tuple[str, dict[str, Any]]]:
    """Return the label and the cells of each row."""
    labels: Iterable[str | None] = [] if ids is None else map(ids, rows) if callable(ids) else ids
    found = []
    for row, label in itertools.zip_longest(rows, labels):
        values = row.values if isinstance(row, ParameterSet) else (row,) if len(columns) == 1 else tuple(row)
        name = label or (row.id if isinstance(row, ParameterSet) else None) or ", ".join(map(_short, values))
        found.append((str(name), dict(zip(columns, values, strict=True))))
    return found


def _fault(test: Test, label: str, args: tuple[Any, ...], cells: dict[str, Any]) -> str | None:
    """Return how a row failed. Return None if it passed."""
    try:
        test(*args, **cells)
    except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001 (a row that breaks is a fault, too)
        text = str(failure) or type(failure).__name__
        kind = "" if isinstance(failure, AssertionError | pytest.fail.Exception) else f"{type(failure).__name__}: "
        return f"- {label}: {kind}{text.strip()[:2000]}".replace("\n", "\n    ")
    return None


def _short(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
