"""The desk under test: its API, the phones of people, and its workers, each moved on by hand."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from dispatch.actions.inbox import arrivals
from dispatch.models import Agent, Alarm, Contact, Job, Message, Offer, Timer
from dispatch.models.base.record import utc_now
from dispatch.rules import phones
from sandbox.twilio import PretendTwilio
from tests.bodies import a_job_body, a_phone, an_agent_body
from tests.builders import an_inbound_form
from tests.faults.interleaving import Intruder
from tests.faults.killing import dies_at
from tests.lifetime import ageing, posts
from tests.lifetime.hints import Hint, Hints

#: Statuses that the API may answer to a careful integrator.
ANSWERS = frozenset({200, 201, 204, 404, 409})
#: Rooms whose tasks send nothing; steps come between two commands of these only.
QUIET = ("inbox", "assignment", "broadcasting", "reminders", "sweeps")
#: Seconds after which all enqueued, leased or postponed work is due again.
LEASES = (1, 3, 12, 31, 61, 61, 61, 61, 61)


class LifetimeDesk:
    """The steps of platform, people, clock and workers. Numbers of jobs and people wrap around, so each one exists."""

    def __init__(self, api: FlaskClient, twilio: PretendTwilio, intruder: Intruder) -> None:
        self.api, self.twilio, self.intruder, self.hints = api, twilio, intruder, Hints()
        self.agents: list[dict[str, str]] = []
        self.jobs: list[str] = []
        self.suspended: set[str] = set()
        self.clients = [{"client_id": f"client {n}", "name": f"Client {n}", "phone": a_phone()} for n in "AB"]
        self.client_phones = {client["phone"] for client in self.clients}
        self.forms: list[dict[str, str]] = []
        self._houses = self._seen = 0

    # The platform.

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the API. Return the answer's body. Return None if it refused."""
        answer = self.api.open(path, method=method, json=body)
        assert answer.status_code in ANSWERS, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return answer.get_json(silent=True) if answer.status_code < 300 else None

    def hires(self, **changes: Any) -> None:
        """Create an agent, or one who was deleted."""
        n = len(self.agents)
        number = {} if n % 2 else {"phone": f"+5521987{n:06d}"}  # WhatsApp knows such a number in two forms
        body = an_agent_body(name=f"Agent {n}", **number, **changes)
        self.agents.append({**body, "id": self.call("POST", "/api/agents/", body)["id"]})

    def puts_agent(self, n: int, status: str) -> None:
        """Give an agent another status; a deleted agent is created again."""
        who = self.agents[n % len(self.agents)]
        body = {"name": who["name"], "phone": who["phone"], "status": status}
        if status == "suspended":
            self.suspended.add(who["phone"])
        if self.call("PUT", f"/api/agents/{who['id']}", body) is None:
            who["id"] = self.call("POST", "/api/agents/", body)["id"]

    def lets_go(self, n: int) -> None:
        """Delete an agent."""
        self.call("DELETE", f"/api/agents/{self.agents[n % len(self.agents)]['id']}")

    def asks(self, client: int, starts_in: str, stage: str = "asked") -> None:
        """Post an inspection, and move it to a stage."""
        whose = {f"client__{name}": value for name, value in self.clients[client % len(self.clients)].items()}
        body = a_job_body(starts_in, property__title=self._a_house(), **whose)
        self.jobs.append(self.call("POST", "/api/jobs/", body)["id"])
        for step, act in STAGES.items():
            if step == stage:
                return
            act(self, len(self.jobs) - 1)

    def moves(self, job: int, starts_in: str | None, elsewhere: bool) -> None:
        """Move a job; its title names that time and place."""
        body = a_job_body(starts_in) if starts_in else {}
        when = {name: body[name] for name in ("inspection_date", "inspection_time") if starts_in}
        stands = self.job(job)
        same = all(stands[name] == value for name, value in when.items())  # the same minute is no move
        address = {"address": f"{self._houses + 1} Other Street"} if elsewhere or same else {}
        house = {"title": self._a_house(), **address}
        self.puts(job, {"property": house, **when})

    def puts(self, job: int, body: dict[str, Any]) -> Any:
        """Change a job."""
        return self.call("PUT", f"/api/jobs/{self.job_id(job)}", body)

    def does(self, what: str, job: int) -> Any:
        """POST to one of a job's routes, or delete it."""
        path = f"/api/jobs/{self.job_id(job)}"
        return self.call("DELETE", path) if what == "delete" else self.call("POST", f"{path}/{what}")

    def puts_client(self, n: int, change: str) -> None:
        """Replace a client's details."""
        client = self.clients[n % len(self.clients)]
        client[change] = a_phone() if change == "phone" else client["name"] + "."
        self.client_phones.add(client["phone"])
        self.call("PUT", f"/api/clients/{client['client_id']}", {name: client[name] for name in ("name", "phone")})

    def job_id(self, n: int) -> str:
        """Return the id of a job."""
        return self.jobs[n % len(self.jobs)]

    def job(self, n: int) -> Job:
        """Return a job."""
        found = Job.get(self.job_id(n))
        assert found
        return found

    def _a_house(self) -> str:
        self._houses += 1
        return f"House {self._houses}."

    # People.

    def writes(self, phone: str, text: str, **form: str) -> None:
        """Let a person write, from each of their addresses in turn: forms of the number, and the user id once known."""
        user_id = f"NG.{phone[1:]}"
        addresses = phones.forms_of(phone) + ([user_id] if Contact.of_ids(user_id) else [])
        address = addresses[len(self.forms) % len(addresses)]
        form |= {"From": f"whatsapp:{address}", "ExternalUserId": f"whatsapp:{user_id}"}
        self.forms.append(an_inbound_form(Body=text, **form))
        arrivals.save(self.forms[-1])

    def says(self, n: int, word: str, naming: str, job: int) -> None:
        """Let an agent write a word about a job, named by its code, a quote, a button, or not at all."""
        phone, text, form = self.agents[n % len(self.agents)]["phone"], word, {}
        if naming == "code" and self.jobs:
            text = f"{word} {self.job(job).code}"
        elif naming == "button" and self.jobs:
            form = {
                "ButtonText": word,
                "ButtonPayload": f"{'claim' if word == 'YES' else word.lower()}:{self.job_id(job)}",
            }
        elif naming in ("first", "last") and self.jobs:
            got = Message.objects(phone=phone, job=self.job_id(job), direction="outbound", twilio_sid__ne=None)
            if quoted := got.order_by("id" if naming == "first" else "-id").first():
                form = {"OriginalRepliedMessageSid": quoted.twilio_sid}
        self.writes(phone, text, **form)

    def somebody_takes(self, job: int) -> None:
        """Let an agent with an offer of a job write YES."""
        open_offers = [offer.id for offer in Offer.objects(job=self.job_id(job), state="open")]
        if offered := Message.objects(offer__in=open_offers, twilio_sid__ne=None).order_by("-id").first():
            self.writes(offered.phone, f"Yes {self.job(job).code}")

    def answers(self, n: int) -> None:
        """Let an agent answer the last question to them, with the code."""
        phone = self.agents[n % len(self.agents)]["phone"]
        last = Message.objects(phone=phone, asks__ne=None, job__ne=None, twilio_sid__ne=None).order_by("-id").first()
        if last:
            self.writes(phone, f"{last.asks} {Job.objects.get(pk=last.job).code}")

    def owner_says(self, job: int, word: str) -> None:
        """Let the agent of a job write a word about it."""
        there = self.job(job)
        if there.agent:
            self.writes(Agent.must_get(there.agent).phone, f"{word} {there.code}")

    def twilio_repeats(self, n: int) -> None:
        """Let Twilio post a form once more."""
        if self.forms:
            arrivals.save(self.forms[n % len(self.forms)])

    # Time and work.

    def until_next_timer(self) -> timedelta:
        """Return how long it is until the next timer falls due."""
        first = Timer.objects(next_attempt_at__ne=None).order_by("due_at").first()
        return max(first.due_at - utc_now(), timedelta()) + timedelta(seconds=6) if first else timedelta()

    def grow_older(self, by: timedelta) -> None:
        """Let time pass."""
        ageing.grow_older(by)
        self.hints.grow_older(by)
        self.twilio.grow_older(by)

    def run(self, hint: Hint) -> None:
        """Run a task, and check each message when it is posted."""
        hint.run()
        self.look_at_posts()

    def work(self, rooms: Iterable[str] = (), most: int = 500) -> int:
        """Run the enqueued tasks. Return their number."""
        for done in range(most):
            ripe = self.hints.ripe(rooms)
            if not ripe:
                return done
            self.run(self.hints.take(ripe[0]))
        return most

    def goes_on(self, how: str) -> None:
        """Run the workers ("work"), and then beat a little later ("beat"), or nothing."""
        if how:
            self.work()
        if how == "beat":
            self.grow_older(timedelta(seconds=3))
            self.beat()
            self.work()

    def beat(self) -> None:
        """Run what beat runs."""
        for task in ("workers.sweeps.sweep", "workers.reminders.arm"):
            self.run(Hint(task, [], utc_now()))

    def work_off(self) -> None:
        """Run beat and workers until nothing is due."""
        for seconds in (0, *LEASES):
            self.grow_older(timedelta(seconds=seconds))
            self.beat()
            self.work()
            if not (self.hints.waiting or overdue_soon()):
                return

    def amid(self, n: int, command: int, happens: Callable[[], object]) -> None:
        """Run a task, with another step between two of its commands."""
        if quiet := self.hints.ripe(QUIET):
            hint = self.hints.take(quiet[n % len(quiet)])
            self.intruder.amid(lambda: self.run(hint), command, happens)

    def dies(self, n: int, command: int) -> None:
        """Kill a worker during a task, which is delivered again later."""
        if quiet := self.hints.ripe(QUIET):
            dies_at(command, quiet[n % len(quiet)].run)

    def look_at_posts(self) -> None:
        """Check each POST since the last check."""
        attempts = self.twilio.attempts
        fresh, self._seen = attempts[self._seen :], len(attempts)
        for attempt in fresh:
            posts.check(attempt, self.client_phones)


#: The stages that a new job is moved to, and the steps to each.
STAGES: dict[str, Callable[[LifetimeDesk, int], object]] = {
    "asked": lambda desk, job: desk.goes_on("beat"),
    "offered": lambda desk, job: desk.somebody_takes(job),
    "claimed": lambda desk, job: desk.goes_on("beat"),
    "assigned": lambda desk, job: desk.owner_says(job, "CONFIRM"),
    "confirmed": lambda desk, job: desk.goes_on("beat"),
    "approved": lambda desk, job: desk.grow_older(desk.until_next_timer()),
    "reminded": lambda desk, job: desk.goes_on("beat"),
    "over": lambda desk, job: desk.grow_older(desk.until_next_timer()),
    "asked whether it is": lambda desk, job: desk.goes_on("beat"),
    "unanswered": lambda desk, job: desk.grow_older(desk.until_next_timer()),
    "unanswered for long": lambda desk, job: desk.goes_on("beat"),
    "listed": lambda desk, job: desk.goes_on("work"),
}


def overdue_soon() -> bool:
    """Return whether work waits for a worker, or for the end of a lease."""
    soon = utc_now() + timedelta(seconds=sum(LEASES))
    waiting = (
        Job.objects(follow_up_at__lte=soon),
        Job.objects(alert_at__lte=soon),
        Alarm.objects(post_at__lte=soon),
        Agent.objects(follow_up_at__lte=soon),
        Offer.objects(settle_at__lte=soon, state="claimed"),
        Message.objects(next_attempt_at__lte=soon),
        Timer.objects(next_attempt_at__lte=soon, due_at__lte=utc_now()),
    )
    return any(found.only("id").first() for found in waiting)
