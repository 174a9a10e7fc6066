"""A running desk: the product's real processes, with their own database and the pretend Twilio."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from config.queues import QUEUES, WORKERS
from config.settings import SANDBOX_ACCOUNT_SID
from sandbox import embedded, processes
from sandbox.phones.desk import Desk
from sandbox.phones.routes import pages
from sandbox.twilio import PretendTwilio
from sandbox.twilio.ledger import Message
from sandbox.twilio.pretend import What
from tests.waiting import BUSY, until

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT_SID = SANDBOX_ACCOUNT_SID
AUTH_TOKEN = "token-of-the-live-desk"
API_KEY = "live-desk-api-key"


class PatientTwilio(PretendTwilio):
    """A pretend Twilio that waits longer for a desk whose processes share a busy machine."""

    def wait_for_many(self, what: What, count: int, seconds: float = 5.0, *, text: str = "") -> list[Message]:
        """Return all accepted messages that fit, once there are so many. Fail after BUSY times so many seconds."""
        return super().wait_for_many(what, count, seconds * BUSY, text=text)


class LiveDesk:
    """Starts processes with one environment; calls them as the platform and as people do."""

    def __init__(self, mongodb_uri: str, redis_url: str, directory: Path, name: str, **changes: Any) -> None:
        self.port = embedded.free_port()
        self.directory = directory
        self.base = f"http://127.0.0.1:{self.port}"
        self._page_of = Desk(self.base, API_KEY, redis_url)
        self.twilio = self._a_twilio()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("TWILIO_", "FAULT_"))},
            "MONGODB_URI": mongodb_uri,
            "MONGODB_DB_NAME": name,
            "REDIS_URL": redis_url,
            "PORT": str(self.port),
            "PUBLIC_BASE_URL": self.base,
            "SANDBOX": "1",
            "SANDBOX_PORT": self.twilio.base_url.rpartition(":")[2],
            "SANDBOX_AUTH_TOKEN": AUTH_TOKEN,
            "API_KEY": API_KEY,
            "SECRET_KEY": "live-desk-secret",
            "SEND_RATE_PER_SECOND": "1000",
            "PERSON_INTERVAL_SECONDS": "0",
            "SWEEP_SECONDS": "1",
            "UNKNOWN_LOOKUP_SECONDS": "1",
            "DATA_DIR": str(directory),
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": str(ROOT),
            **{key: str(value) for key, value in changes.items()},
        }

    def _a_twilio(self, port: int = 0) -> PretendTwilio:
        return PatientTwilio(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            port=port,
            pages=[pages(self._page_of)],
            inbound_url=f"{self.base}/api/webhooks/twilio/whatsapp",
        )

    def restart_twilio(self) -> None:
        """Replace the pretend Twilio by a new, empty one at the same address."""
        port = int(self.twilio.base_url.rpartition(":")[2])
        self.twilio.stop()
        self.twilio = self._a_twilio(port).start()

    def start(self) -> "LiveDesk":
        """Start all processes and wait until they are ready."""
        self.twilio.start()
        self.start_web()
        for name, queues in WORKERS.items():
            self.start_worker(name, queues)
        self.start_beat()
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Wait for the web to answer and for each worker to consume. Fail at once when a process ends."""
        until(lambda: self.all_run() and self._healthy(), 60, "a healthy web")
        workers = [name for name in self.processes if name not in ("web", "beat")]
        until(lambda: self.all_run() and all(b" ready." in self.log(name) for name in workers), 60, "ready workers")

    def all_run(self) -> bool:
        """Return True. Fail with the log of each process that has ended."""
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        assert not ended, "\n".join(f"{name} has ended: {self.log(name).decode()[-2000:]}" for name in ended)
        return True

    def start_web(self, app: str = "wsgi:app", **environment: str) -> None:
        """Start gunicorn."""
        self.spawn("web", "-m", "gunicorn", "-c", "gunicorn_conf.py", app, **environment)

    def start_worker(
        self,
        name: str,
        queues: tuple[str, ...] = QUEUES,
        app: str = "celery_app",
        concurrency: int = 2,
        **environment: str,
    ) -> None:
        """Start one Celery worker."""
        self.spawn(
            name,
            "-m",
            "celery",
            "-A",
            app,
            "worker",
            "-n",
            f"{name}@%h",
            "-Q",
            ",".join(queues),
            "-c",
            str(concurrency),
            "-E",
            "--loglevel",
            "INFO",
            **environment,
        )

    def start_beat(self) -> None:
        """Start beat."""
        self.spawn("beat", "-m", "celery", "-A", "celery_app", "beat", "--schedule", str(self.directory / "beat"))

    def spawn(self, name: str, *command: str, **environment: str) -> None:
        """Start a process in a group of its own, with its output in a file. On Linux it ends with the tests."""
        with (self.directory / f"{name}.log").open("wb") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=processes.end_with_the_parent if sys.platform == "linux" else None,
            )

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process and its children; wait until they end."""
        process = self.processes.pop(name)
        os.killpg(process.pid, how)
        process.wait(20)

    def stop(self) -> None:
        """Stop all processes that still run."""
        for name in list(self.processes):
            self.kill(name)
        self.twilio.stop()

    def log(self, name: str) -> bytes:
        """Return a process's output."""
        return (self.directory / f"{name}.log").read_bytes()

    def _healthy(self) -> bool:
        try:
            return requests.get(f"{self.base}/health", timeout=3).status_code == 200
        except requests.RequestException:
            return False

    def get(self, path: str, **params: Any) -> Any:
        """GET from the API. Fail if the status is not 200."""
        answer = requests.get(self.base + path, params=params, headers={"X-API-Key": API_KEY}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any], expect: int = 201) -> Any:
        """POST to the API. Fail if the status is not as expected."""
        answer = requests.post(self.base + path, json=body, headers={"X-API-Key": API_KEY}, timeout=10)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def delete(self, path: str) -> None:
        """DELETE in the API. Fail if the status is not 204."""
        answer = requests.delete(self.base + path, headers={"X-API-Key": API_KEY}, timeout=10)
        assert answer.status_code == 204, answer.text

    def say_at_once(self, phones: list[str], text: str) -> None:
        """Send the same text from many phones at the same time. Fail if a webhook is not answered with 204."""
        with ThreadPoolExecutor(len(phones)) as people:
            results = list(people.map(lambda phone: self.twilio.say(phone, text), phones))
        assert [each.status for each in results] == [204] * len(phones)

    def job(self, job_id: str) -> Any:
        """Return a job from the API."""
        return self.get(f"/api/jobs/{job_id}")

    def wait_for_status(self, job_id: str, status: str, seconds: float = 10) -> Any:
        """Wait until a job has a status; return the job."""
        return until(lambda: (job := self.job(job_id))["status"] == status and job, seconds, f"job {status}")
