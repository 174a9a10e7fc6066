"""`python -m tests.chaos`, called by `make chaos`: one run and its table. Exits with 1 if a figure is not zero."""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos import schedule
from tests.chaos.invariants import violations
from tests.chaos.run import play
from tests.chaos.table import first_of_each, table


def main(given: list[str]) -> int:
    """Run the schedule, check the result, print the table. Return the exit code."""
    asked = _arguments().parse_args(given)
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    plan = schedule.draw(
        seed, jobs=asked.jobs, replies=asked.replies, kills=asked.kills, seconds=asked.minutes * 60, agents=asked.agents
    )
    again = f"SEED={seed} JOBS={asked.jobs} REPLIES={asked.replies} KILLS={asked.kills} MINUTES={asked.minutes:g}"
    directory = Path(tempfile.mkdtemp(prefix="chaos-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    (directory / "schedule.txt").write_text("\n".join(plan.lines()))
    print(f"make chaos {again}\nschedule {plan.digest()}, written to {directory}/schedule.txt", flush=True)
    began = time.monotonic()
    record = play(plan, directory, lambda line: print(line, flush=True))
    found = violations(record)
    (directory / "violations.txt").write_text("\n".join(map(str, found)))
    (directory / "phones.txt").write_text("\n".join(map(repr, record.delivered)))
    for each in first_of_each(found):
        print(each)
    for each in record.refused:
        print(f"refused: {each}")
    print(table(record, found, len(plan.breaks), time.monotonic() - began))
    print(f"make chaos {again}; logs and stores: {directory}")
    return 1 if found else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--replies", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--agents", type=int, default=5)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
