"""`python -m bench [ROW …]`, called by `make bench ROW=…`: measures rows, prints a table and saves it as JSON."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator

from bench.figures import HEAD, Figure, write
from bench.rows.broadcast import free, paced
from bench.rows.cost import cost
from bench.rows.create import create
from bench.rows.lists import lists
from bench.rows.memory import memory
from bench.rows.processes import processes
from bench.rows.race import race
from bench.rows.reply import reply
from bench.rows.timers import timers
from bench.rows.webhook import growth, webhook
from bench.stage import BenchStage

ROWS: dict[str, Callable[[BenchStage], Iterator[Figure]]] = {
    row.__name__: row
    for row in (webhook, growth, create, free, paced, reply, race, timers, lists, processes, memory, cost)
}


def main(given: list[str]) -> None:
    """Measure the named rows, or all rows if none is named."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    names = parser.parse_args(given).rows or list(ROWS)
    if unknown := set(names) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    began, figures = time.monotonic(), []
    print(HEAD, flush=True)
    with BenchStage() as stage:
        for name in names:
            for figure in ROWS[name](stage):
                figures.append(figure)
                print(figure, flush=True)
    seconds = time.monotonic() - began
    print(f"{seconds:.0f} s; saved as {write(figures, seconds)}")


if __name__ == "__main__":
    main(sys.argv[1:])
