"""Clients: what follows when a client's details change."""

from datetime import datetime

from dispatch.hints import tasks
from dispatch.models import Client, Job
from dispatch.rules.jobs.states import OPEN


def client_changed(client: Client, now: datetime) -> None:
    """A client's details were replaced: their open jobs get them, and whoever has one of these is told."""
    details = {name: client[name] for name in ("client_id", "name", "phone", "email", "language") if client[name]}
    for job_id in [job.id for job in Job.open_of_client(client.client_id)]:
        while (job := Job.live(job_id)) and job.client_details != details and not _update_job(job, details, now):
            continue  # somebody was faster: it is read again


def _update_job(job: Job, details: dict[str, str], now: datetime) -> bool:
    """Write a client's details into a job; False when the job has changed since it was read."""
    guard, change = {"version": job.version}, {"client_details": details}
    if all(job.client_details[name] == details[name] for name in ("name", "phone")):  # all that an agent sees of them
        return Job.find_and_update({"_id": job.id, **guard}, {"$set": {**change, "updated_at": now}}) is not None
    if job.state not in OPEN:
        return True
    changed = Job.move(job.id, "client_changed", now, standing=job.state, guard=guard, change=change)
    if changed:
        tasks.follow(job.id)
    return changed is not None
