"""A desk for stories: the platform uses HTTP, people write through the pretend Twilio, tasks run from the queues."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from flask.testing import FlaskClient

from dispatch.models import Message, Timer
from sandbox.twilio import PretendTwilio
from tests.bodies import a_job_body, an_agent_body
from tests.stories.clock import Clock
from tests.stories.people import Job, Person, when
from tests.stories.tasks import Tasks

#: Steps of the clock in one wait; more means that the clock makes no progress.
STEPS = 500


class StoryDesk:
    """The platform's calls, people's messages, and the state. All follow-up work is done before the next line."""

    def __init__(self, api: FlaskClient, twilio: PretendTwilio, clock: Clock) -> None:
        self.api, self.twilio, self.clock, self.tasks = api, twilio, clock, Tasks(clock)
        self._paused = False
        self._seen: set[ObjectId] = set()

    # The platform.

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, expect: int = 200) -> Any:
        """Call the API, do all follow-up work, and return the body of the answer."""
        answer = self.api.open(path, method=method, json=body)
        assert answer.status_code == expect, answer.text
        self.work()
        return answer.json if answer.data else None

    def hires(self, name: str, **changes: Any) -> Person:
        """Create an agent."""
        agent = self.call("POST", "/api/agents/", an_agent_body(name=name, **changes), 201)
        return Person(name, agent["phone"], agent["id"])

    def changes(self, agent: Person, **changes: Any) -> None:
        """Change an agent. The name and the phone are sent as they are."""
        self.call("PUT", f"/api/agents/{agent.id}", {"name": agent.name, "phone": agent.phone, **changes})

    def asks(self, starts_in: str = "2d", **changes: Any) -> Job:
        """Ask for an inspection."""
        return self.call("POST", "/api/jobs/", a_job_body(starts_in, **changes), 201)

    def puts(self, job: Job, expect: int = 200, **fields: Any) -> Any:
        """Change some fields of a job."""
        return self.call("PUT", f"/api/jobs/{job['id']}", fields, expect)

    def moves(self, job: Job, ahead: str, expect: int = 200) -> Any:
        """Move a job to this far ahead from now."""
        return self.puts(job, expect, **when(ahead))

    def does(self, what: str, job: Job, expect: int = 200, **fields: Any) -> Any:
        """POST to one of a job's routes: cancel, release, approve_schedule, complete_inspection."""
        return self.call("POST", f"/api/jobs/{job['id']}/{what}", fields or None, expect)

    def deletes(self, job: Job, expect: int = 204) -> Any:
        """Delete a job."""
        return self.call("DELETE", f"/api/jobs/{job['id']}", expect=expect)

    # People.

    def says(
        self,
        who: Person,
        text: str,
        *,
        quoting: str | None = None,
        tapping: str | None = None,
        answered: str | None = None,
    ) -> list[str]:
        """Let a person write, quote a message by its SID, or tap a button. Return the kinds of messages they then get.

        `answered` is the type of opt-out as which Twilio has read and answered the message.
        """
        self.news(who)
        said = self.twilio.say(who.phone, text, quoted_sid=quoting, payload=tapping, opt_out=answered)
        assert said.status == 204
        self.work()
        return self.news(who)

    def news(self, who: Person) -> list[str]:
        """Return the kinds of messages that a person got since the last look, in the order of writing."""
        fresh = [message for message in self._got(who) if message.id not in self._seen]
        self._seen |= {message.id for message in fresh}
        return [message.kind for message in fresh]

    def no_news(self) -> None:
        """Count all messages so far as seen."""
        self._seen |= {message.id for message in Message.objects(direction="outbound").only("id")}

    def told(self, who: Person) -> list[str]:
        """Return the kinds of all messages that a person got, in the order of writing."""
        return [message.kind for message in self._got(who)]

    def texts(self, who: Person) -> list[str]:
        """Return all texts that a person got."""
        return [message.text for message in self._got(who)]

    def last(self, who: Person) -> str:
        """Return the last text that a person got."""
        return self.texts(who)[-1]

    def message(self, who: Person, job: Job, kind: str) -> Message:
        """Return the latest message of a kind to a person about a job."""
        return Message.objects(phone=who.phone, job=job["id"], kind=kind).order_by("-id").first()

    def _got(self, who: Person) -> list[Message]:
        taken = {message.sid for message in self.twilio.sent_to(who.phone)}
        written = Message.objects(phone=who.phone, direction="outbound").order_by("id")
        return [message for message in written if message.twilio_sid in taken]

    # The state.

    def job(self, job: Job) -> Job:
        """Return a job as the API shows it now."""
        return self.call("GET", f"/api/jobs/{job['id']}")

    def stands(self, job: Job) -> tuple[str, str | None]:
        """Return a job's status and the phone of its agent."""
        now = self.job(job)
        return now["status"], now["assigned_agent"]

    def attention(self, job: Job) -> str | None:
        """Return why a job needs attention, and check that the list of such jobs agrees."""
        reason = self.job(job)["attention"]
        listed = self.call("GET", "/api/jobs/?attention=true&page_size=100")
        assert (reason is not None) == (job["id"] in [row["id"] for row in listed])
        return reason

    def offers(self, job: Job) -> dict[tuple[int, str], str]:
        """Return the states of a job's offers, by round and the agent's phone."""
        rows = self.call("GET", f"/api/jobs/{job['id']}/offers?page_size=100")
        return {(row["round"], row["agent_phone"]): row["state"] for row in rows}

    def timeline(self, job: Job) -> list[str]:
        """Return the names of a job's events."""
        return [event["name"] for event in self.call("GET", f"/api/jobs/{job['id']}/timeline")]

    def timers(self, job: Job) -> dict[str, datetime]:
        """Return the due times of a job's waiting timers, by kind."""
        waiting = Timer.objects(job=job["id"], fired_at=None)
        return {timer.kind: timer.due_at for timer in waiting}

    # Time and work.

    def work(self, *queues: str) -> None:
        """Run all enqueued tasks, unless the story holds work back; with names, only those of these queues."""
        self.tasks.fetch()
        if queues or not self._paused:
            self.tasks.run(*queues)

    def sweep(self) -> None:
        """Enqueue overdue work, as beat does every few seconds."""
        self.tasks.beat("workers.sweeps.sweep")
        self.work()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Hold work back, so that several things arrive before any of them is worked on."""
        self._paused = True
        yield
        self._paused = False
        self.work()

    def wait(self, **time: float) -> None:
        """Let time pass, and fire the timers that fall due."""
        self.wait_until(self.clock.now() + timedelta(**time))

    def wait_for(self, job: Job, kind: str) -> None:
        """Let time pass until a timer of a job has fallen due."""
        self.wait_until(self.timers(job)[kind])

    def wait_until(self, moment: datetime) -> None:
        """Let time pass until then: timers are armed and fire, each at its time."""
        for _ in range(STEPS):
            due = self._next_due()
            if due is None or due > moment:
                self.clock.turn_to(moment)
                self.work()
                return
            self.clock.turn_to(due)
            self.tasks.beat("workers.reminders.arm")
            self.work()
        raise AssertionError("time does not get on")

    def _next_due(self) -> datetime | None:
        first = Timer.objects(next_attempt_at__ne=None).order_by("next_attempt_at").first()
        moments = [first and first.next_attempt_at, None if self._paused else self.tasks.next_due()]
        return min((moment for moment in moments if moment), default=None)
