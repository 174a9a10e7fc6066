"""Clients: what follows when a client's details change."""

from datetime import datetime
from typing import Any

from dispatch.actions.people import silences
from dispatch.hints import tasks
from dispatch.models import Client, Job, Message
from dispatch.rules import texts
from dispatch.rules.jobs import plan
from dispatch.rules.jobs.states import OPEN, Actor


def change(client_id: str, given: dict[str, Any], now: datetime) -> Client | None:
    """Change the details that are given, and return the client. Return None if there is none.

    Another number has its own consent. A number that is saved again is tried again.
    """
    if before := Client.known(client_id):
        silences.settle(before.phone, now)
    if before and (phone := given.get("phone")):
        silences.save_number(phone, now)
    client = Client.change(client_id, given, now)
    if client:
        silences.copy(client.phone, now)
        client_changed(client, now)
    return client


def client_changed(client: Client, now: datetime) -> None:
    """Write a client's new details into their open jobs; the agents of these jobs are informed.

    Messages that wait go to the client's present number before the platform knows that the client has it.
    """
    details = {name: client[name] for name in ("client_id", "name", "phone", "email", "language") if client[name]}
    for job_id in [job.id for job in Job.open_of_client(client.client_id)]:
        while (
            (job := Job.live(job_id))
            and not texts.same(job.client_details, details)
            and not _update_job(job, details, now)
        ):
            continue  # after a concurrent change the job is read again
    Message.follow_recipient({"client_id": client.client_id}, client.phone)


def _update_job(job: Job, details: dict[str, str], now: datetime) -> bool:
    """Write a client's details into a job. Return False if the job has changed since it was read."""
    guard, change = {"version": job.version}, {"client_details": details}
    seen = [{name: texts.plain(each[name]) for name in ("name", "phone")} for each in (job.client_details, details)]
    if texts.same(*seen):  # all that an agent sees of them
        return Job.find_and_update({"_id": job.id, **guard}, {"$set": {**change, "updated_at": now}}) is not None
    if job.state not in OPEN:
        return True
    changed = Job.move(
        job.id,
        "client_changed",
        now,
        state=job.state,
        guard=guard,
        change=change,
        changes=plan.differences(job, change),
        by=Actor.PLATFORM.value,
    )
    if changed:
        tasks.follow(job.id)
    return changed is not None
