"""Meta's limits for people, counted in Redis: the pace to one person, and people outside their windows."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch import redis_client
from dispatch.channels.whatsapp import limits
from tests.bodies import SENDER
from tests.settings import changed

pytestmark = pytest.mark.usefixtures("stores_clean")
ADA, BISI, CHIDI = "+2348030000001", "+2348030000002", "+2348030000003"


@pytest.fixture(autouse=True)
def _of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        limits, "settings", lambda: changed(outbox={"messaging_tier": 2, "person_interval_seconds": 6.0})
    )


def test_a_person_gets_forty_messages_at_once_then_one_every_six_seconds() -> None:
    waits = [limits.pair_waits([(SENDER, ADA)])[0] for _ in range(limits.PAIR_BURST + 1)]
    assert waits[:-1] == [0.0] * limits.PAIR_BURST
    assert 4 < waits[-1] <= 6
    assert limits.pair_waits([(SENDER, BISI), (SENDER, ADA)])[0] == 0.0  # another person is not affected
    assert limits.pair_waits([("+14155230002", ADA)]) == [0.0]  # another sender is not affected
    again = limits.pair_waits([(SENDER, ADA)])[0]
    assert 4 < again <= 6  # a refused message is not counted


def test_parallel_processes_keep_the_limit_of_a_person() -> None:
    def one(_: int) -> int:
        return limits.pair_waits([(SENDER, ADA)]).count(0.0)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(3 * limits.PAIR_BURST))) in (limits.PAIR_BURST, limits.PAIR_BURST + 1)


def test_the_tier_limits_the_people_of_a_day() -> None:
    assert limits.tier_waits([ADA, BISI, ADA]) == [0.0, 0.0, 0.0]
    first, second = limits.tier_waits([CHIDI, ADA])
    assert (limits.DAY - 10 < first <= limits.DAY, second) == (True, 0.0)
    assert limits.tier_used() == 2


def test_a_person_written_to_a_day_ago_does_not_count() -> None:
    limits.tier_waits([ADA, BISI])
    client = redis_client.client()
    [(oldest, at), _] = client.zrange("dispatch:tier", 0, -1, withscores=True)
    client.zadd("dispatch:tier", {oldest: at - limits.DAY})
    assert limits.tier_used() == 1
    assert limits.tier_waits([CHIDI]) == [0.0]
    assert limits.tier_used() == 2


def test_redis_holds_no_phone_numbers() -> None:
    limits.pair_waits([(SENDER, ADA)])
    limits.tier_waits([ADA])
    client = redis_client.client()
    kept = [str(client.keys("*")), str(client.zrange("dispatch:tier", 0, -1))]
    assert not any(ADA[-6:] in each for each in kept)


def test_without_a_tier_and_an_interval_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        limits, "settings", lambda: changed(outbox={"messaging_tier": None, "person_interval_seconds": 0})
    )
    assert limits.pair_waits([(SENDER, ADA)] * 100) == [0.0] * 100
    assert limits.tier_waits([f"+23480{n:08}" for n in range(100)]) == [0.0] * 100
    assert redis_client.client().keys("*") == []
