"""Generated calls of every operation, against a real gunicorn.

`make test` makes the same few each time; `make fuzz` makes many, others each time.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bson import ObjectId

from dispatch.models import Job, Message
from dispatch.models.base.record import utc_now
from tests.api import fuzzing
from tests.api.documented import operations
from tests.api.standing import a_job_after, park_everything
from tests.conftest import ENVIRONMENT, Servers
from tests.live.desk import API_KEY, ROOT, LiveDesk
from tests.live.fixtures import a_desk
from tests.waiting import until

EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
HOW_MANY = ["-n", EXAMPLES] if EXAMPLES else ["-n", "10", "--seed", "1"]
SCHEMATHESIS = str(Path(sys.executable).with_name("schemathesis"))


@pytest.fixture
def web(servers: Servers, stores_clean: Servers) -> Iterator[LiveDesk]:
    """Gunicorn on the tests' database, with jobs in every state."""
    desk = a_desk(servers, ENVIRONMENT["MONGODB_DB_NAME"], 0)
    for texts in ((), ("YES",), ("YES", "CONFIRM"), ("YES", "CONFIRM", "START"), ("YES", "CONFIRM", "START", "DONE")):
        _agent, job = a_job_after(*texts)
        many_like(job)
    park_everything()
    Message.objects.update(needs_answer=True)
    Job.objects(status="approved").update(starts_at=utc_now() + timedelta(hours=1))  # these visits can begin
    desk.start_web()
    try:
        until(desk._healthy, 20, "a healthy web")
        yield desk
    finally:
        desk.kill("web")


def many_like(job: Job) -> None:
    """Save more jobs in the state of this job: calls change their states, and no agent accepts new jobs."""
    one = Job.collection().find_one({"_id": job.id})
    many = 50 + 8 * int(EXAMPLES or 0)
    Job.collection().insert_many({**one, "_id": ObjectId(), "code": f"{one['code']}{n}"} for n in range(many))


def answered(log: bytes) -> Counter[str]:
    """Return how often each operation has answered 2xx, counted in the log of requests."""
    requests = [json.loads(line) for line in log.splitlines() if b'"event": "request"' in line]
    well = [each for each in requests if each["status"] < 300 and each["request"] != fuzzing.LOOKING]
    return Counter(each["method"] + " " + re.sub(r"<(?:path:)?(.*?)>", r"{\1}", each["route"]) for each in well)


def test_no_generated_call_gets_an_undocumented_answer(web: LiveDesk) -> None:
    """All checks, with valid and invalid requests, single and linked."""
    command = [
        SCHEMATHESIS,
        "run",
        f"{web.base}/openapi.json",
        "--checks",
        "all",
        "--mode",
        "all",
        "-w",
        "1",
        *HOW_MANY,
        "--header",
        f"X-API-Key: {API_KEY}",
        "--no-color",
        "--generation-database",
        "none",
    ]
    said = []
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        for line in run.stdout:
            sys.stdout.write(line)  # pytest shows this after a failure, `make fuzz` at once
            said.append(line)
    told = "".join(said)
    assert run.returncode == 0
    tried = [operation for operation in operations() if operation.path != "/openapi.json"]  # read by schemathesis
    assert f"Tested: {len(tried)}\n" in told
    assert int(re.search(r"API Links: +(\d+) covered", told)[1]) > 0
    well = answered(web.log("web"))
    for operation in operations():
        sys.stdout.write(f"{well[operation.name]:6} times 2xx: {operation.name}\n")
    assert {operation.name for operation in operations()} - well.keys() == set()
