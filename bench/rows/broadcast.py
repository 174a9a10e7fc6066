"""Ten thousand offers: without a pace, compared with bare sends; and at the sender's pace, with replies in between."""

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime

from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bench import crowd
from bench.figures import Figure, beside, plain
from bench.stage import BenchDesk, BenchStage
from config.queues import CONCURRENCY, SEND_CHUNK, SEND_THREADS
from dispatch.channels.whatsapp.pacing import BULK_SHARE, BURST, PUSHED
from sandbox.twilio import FaultKind
from tests.bodies import a_job_body
from tests.live.desk import ACCOUNT_SID, AUTH_TOKEN
from tests.waiting import until

ROUNDS = 3
AGENTS = 10_000
LATENCY = 0.1
PACE = 80
#: Seconds between replies during the paced broadcast; their answers use the part of the pace that bulk leaves free.
EVERY = 0.125


def free(stage: BenchStage) -> Iterator[Figure]:
    """Measure without pace and without receipts, on both sides; another row measures receipts."""
    rounds = []
    for _ in range(ROUNDS):
        with stage.desk(("rounds", "bulk")) as desk:
            agents = crowd.add_agents(desk.rows, AGENTS)
            _as_far_as_twilio(desk)
            best = _bare_sends(desk, [agent["phone"] for agent in agents])
            _as_far_as_twilio(desk)
            began = datetime.now(UTC)
            desk.post("/api/jobs/", a_job_body())
            rounds.append((AGENTS / (_last_of(desk, AGENTS) - began).total_seconds(), best))
    yield beside(
        "broadcast", f"offers a second, {AGENTS:,} at {LATENCY:g} s, from POST to the last", rounds, "/s", at_least=0.8
    )
    yield plain("broadcast", "the same", [ours for ours, _ in rounds], "/s", at_least=500)


def paced(stage: BenchStage) -> Iterator[Figure]:
    """Measure one broadcast; its thirds are the rounds."""
    with stage.desk(("core", "rounds", "replies", "bulk"), SEND_RATE_PER_SECOND=PACE) as desk:
        crowd.add_agents(desk.rows, AGENTS)
        desk.twilio.faults.set("*", FaultKind.LATENCY, seconds=LATENCY)
        job = desk.post("/api/jobs/", a_job_body())
        over = threading.Event()
        with ThreadPoolExecutor(1) as people:
            people.submit(_decline, desk, job["code"], over)
            try:
                _last_of(desk, AGENTS + 1, seconds=AGENTS / PACE * 2)
            finally:
                over.set()
        arrived = [(each.at.timestamp(), "New inspection" in each.body) for each in desk.twilio.attempts]
    begun = min(at for at, _ in arrived)
    in_all = Counter(int(at - begun) for at, _ in arrived)
    of_bulk = Counter(int(at - begun) for at, bulk in arrived if bulk)
    last = max(of_bulk) - 1
    thirds = [range(1 + n * last // ROUNDS, 1 + (n + 1) * last // ROUNDS) for n in range(ROUNDS)]
    slowest = [min(in_all[second] for second in third) for third in thirds]
    yield plain("broadcast", f"paced at {PACE}/s: fewest in a full second", slowest, "/s", at_least=0.95 * PACE)
    bulk = [min(of_bulk[second] for second in third) for third in thirds]
    yield plain("broadcast", "paced: fewest offers in a full second", bulk, "/s", at_least=int(PACE * BULK_SHARE) - 2)
    most = _most_in_a_second(sorted(at for at, _ in arrived))
    yield plain("broadcast", "paced: most in any sliding second", [most], "/s", at_most=PACE + BURST + PUSHED)


def _as_far_as_twilio(desk: BenchDesk) -> None:
    desk.twilio.clear()
    desk.twilio.faults.set("*", FaultKind.LATENCY, seconds=LATENCY)
    desk.twilio.faults.set("*", FaultKind.NO_RECEIPTS)


def _last_of(desk: BenchDesk, count: int, seconds: float = 300) -> datetime:
    """Wait for so many accepted messages; return when the last was accepted, by the pretend Twilio's clock."""
    until(lambda: len(desk.twilio.attempts) >= count, seconds, f"{count} messages", every=0.2)
    until(lambda: len(desk.twilio.outbox) >= count, 10, "all accepted")
    return max(each.accepted_at for each in desk.twilio.outbox)


def _decline(desk: BenchDesk, code: str, over: threading.Event) -> None:
    said: set[str] = set()
    while not over.wait(EVERY):
        offered = next((each.phone for each in reversed(desk.twilio.attempts) if each.phone not in said), None)
        if offered:
            said.add(offered)
            desk.twilio.say(offered, f"no {code}")


def _most_in_a_second(at: Sequence[float]) -> int:
    first, most = 0, 0
    for last, moment in enumerate(at):
        while at[first] <= moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def _bare_sends(desk: BenchDesk, phones: Sequence[str]) -> float:
    """Return how many messages a second the SDK alone sends, in as many processes and threads as the desk's."""
    chunks = [phones[at : at + SEND_CHUNK] for at in range(0, len(phones), SEND_CHUNK)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(CONCURRENCY["bulk"], mp_context=spawn) as processes:
        list(processes.map(_chunk, [desk.twilio.base_url] * 2, chunks[:2]))  # both are up and connected
        began = time.monotonic()
        list(processes.map(_chunk, [desk.twilio.base_url] * len(chunks), chunks))
        return len(phones) / (time.monotonic() - began)


_clients: dict[str, Client] = {}


def _chunk(base_url: str, phones: Sequence[str]) -> None:
    client = _clients.get(base_url) or _clients.setdefault(base_url, _a_client(base_url))
    sender = {"from_": "whatsapp:+14155238886", "body": "New inspection " + "x" * 400}

    def send(phone: str) -> None:
        client.messages.create(to=f"whatsapp:{phone}", **sender)

    with ThreadPoolExecutor(SEND_THREADS) as threads:
        list(threads.map(send, phones))


def _a_client(base_url: str) -> Client:
    http = TwilioHttpClient(timeout=20)
    http.session.mount("http://", HTTPAdapter(pool_maxsize=SEND_THREADS))
    client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)
    client.api.base_url = base_url
    return client
