"""Lists over REST, compared with a raw `find` of the same documents, with a thousand and with a million rows."""

import time
from collections.abc import Callable, Iterator

from bench import asking, crowd, load
from bench.figures import Figure, beside
from bench.stage import BenchDesk, BenchStage, Rows

ROUNDS = 3
TIMES = 40
PAGE = 20
#: Name of the list -> its query string, and the filter and the number of skipped rows of the raw find.
ASKED = {
    "first page": ("", {}, 0),
    "a later page": ("?page={page}", {}, None),
    "one status": ("?status=completed", {"status": "completed"}, 0),
    "one client": ("?client_id=client_completed_7", {"client_id": "client_completed_7"}, 0),
}


def lists(stage: BenchStage) -> Iterator[Figure]:
    """The same lists with a thousand jobs and with a million; pages are the 40th and the 1,000th."""
    with stage.bare() as bare, stage.desk() as small, stage.desk(large=True) as large:
        agents = crowd.add_agents(small.rows, 100)
        crowd.add_jobs(small.rows, 1000, agents, status="completed")
        crowd.add_jobs(stage.rows(stage.mongodb, "bare"), 1000, agents, status="completed")
        served = [(_asked(small, "/api/jobs/"), _asked(bare, f"/jobs?count={PAGE + 1}")) for _ in range(ROUNDS)]
        yield beside("lists", "GET /api/jobs/, first page, beside a bare route with the same rows", served, "ms")
        for name, (query, where, skip) in ASKED.items():
            sizes = []
            for desk, page in ((small, 40), (large, 1000)):
                path, begin = "/api/jobs/" + query.format(page=page), (page - 1) * PAGE if skip is None else skip
                sizes.append([(_asked(desk, path), _found(desk.rows, where, begin)) for _ in range(ROUNDS)])
            few, many = sizes
            yield beside("lists", f"GET /api/jobs/, {name}, a million jobs, beside find", many, "ms", at_most=3)
            flat = [(ours, once) for (ours, _), (once, _) in zip(many, few, strict=True)]
            yield beside("lists", f"GET /api/jobs/, {name}, beside a thousand jobs", flat, "ms", at_most=1.2)


def _asked(desk: BenchDesk, path: str) -> float:
    answers = load.at_a_rate(desk.port, asking.pages([path] * TIMES), 1000, connections=1).all_of(200)
    return 1000 * answers.seconds / TIMES


def _found(rows: Rows, where: dict[str, object], skip: int) -> float:
    return 1000 * _median_of(lambda: list(rows["jobs"].find(where).sort("_id", -1).skip(skip).limit(PAGE + 1)))


def _median_of(work: Callable[[], object]) -> float:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return load.percentile(took, 50)
