"""Signed messages acknowledged per second, compared with a bare route, with few and with a million rows."""

from collections.abc import Iterator

from bench import asking, crowd, load
from bench.figures import Figure, beside, plain
from bench.stage import BenchDesk, BenchStage

ROUNDS = 3
SECONDS = 4
#: Messages a second, well below what this machine can do.
STEADY = 300
#: More requests than are answered in a round.
ENOUGH = 10_000


def webhook(stage: BenchStage) -> Iterator[Figure]:
    """Measure at full speed, compared with the bare route, and at a steady rate."""
    with stage.bare() as bare, stage.desk() as desk:
        phones = [agent["phone"] for agent in crowd.add_agents(desk.rows, 100)]
        rounds = []
        for _ in range(ROUNDS):
            requests = asking.inbound(bare.base, phones, ENOUGH, path="/inbound")
            best = load.at_full_speed(bare.port, requests, SECONDS).all_of(204)
            rounds.append((_at_full_speed(desk, phones), best))
        steady = [
            load.at_a_rate(desk.port, asking.inbound(desk.base, phones, STEADY * SECONDS), STEADY).all_of(204)
            for _ in range(ROUNDS)
        ]
    pairs = [(ours.per_second, best.per_second) for ours, best in rounds]
    yield beside("webhook", "signed inbound messages a second, 16 connections", pairs, "/s", at_least=0.9)
    for percent in (50, 99):
        pairs = [(ours.at(percent), best.at(percent)) for ours, best in rounds]
        yield beside("webhook", f"p{percent} of these", pairs, "ms")
    yield plain("webhook", f"p99 at a steady {STEADY}/s", [each.at(99) for each in steady], "ms", at_most=25)


def growth(stage: BenchStage) -> Iterator[Figure]:
    """Compare a small database with one of a million messages, 10,000 agents and 10,000 open jobs."""
    with stage.desk() as small, stage.desk(large=True) as large:
        agents = crowd.add_agents(small.rows, 100)
        crowd.add_jobs(small.rows, 10, agents, status="pending")
        crowd.add_messages(small.rows, 1000, agents)
        phones = {desk: [each["phone"] for each in desk.rows["agents"].find().limit(100)] for desk in (small, large)}
        rounds = []
        for _ in range(ROUNDS):
            few, many = (_at_full_speed(desk, phones[desk]) for desk in (small, large))
            rounds.append((many.per_second, few.per_second))
        large.rows["messages"].delete_many({"unhandled": True})
    yield beside("growth", "the same with a million messages, beside a thousand", rounds, "/s", at_least=0.95)


def _at_full_speed(desk: BenchDesk, phones: list[str]) -> load.Answers:
    return load.at_full_speed(desk.port, asking.inbound(desk.base, phones, ENOUGH), SECONDS).all_of(204)
