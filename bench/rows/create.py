"""Jobs that the platform can post per second, compared with a bare route, for 10 to 10,000 agents."""

from collections.abc import Iterator

from bench import asking, crowd, load
from bench.figures import Figure, beside
from bench.stage import BenchStage

ROUNDS = 3
SECONDS = 3
ENOUGH = 6_000
AGENTS = (10, 1_000, 10_000)


def create(stage: BenchStage) -> Iterator[Figure]:
    """Measure without workers, on both sides: posting a job does not include its follow-up."""
    rates: dict[int, list[tuple[float, float]]] = {count: [] for count in AGENTS}
    with stage.bare() as bare, stage.desk() as desk:
        for count in AGENTS:
            desk.rows["agents"].delete_many({})
            crowd.add_agents(desk.rows, count)
            for _ in range(ROUNDS):
                best = load.at_full_speed(bare.port, asking.jobs(ENOUGH, "/jobs"), SECONDS).all_of(201)
                ours = load.at_full_speed(desk.port, asking.jobs(ENOUGH), SECONDS).all_of(201)
                rates[count].append((ours.per_second, best.per_second))
    for count, rounds in rates.items():
        yield beside("create", f"POST /api/jobs/ a second, {count:,} active agents", rounds, "/s", at_least=0.7)
    few, many = rates[AGENTS[0]], rates[AGENTS[-1]]
    flat = [(ours / best, once / then) for (ours, best), (once, then) in zip(many, few, strict=True)]
    yield beside("create", f"its ratio with {AGENTS[-1]:,} agents, beside {AGENTS[0]}", flat, "", at_least=0.9)
