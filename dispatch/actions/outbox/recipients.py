"""Recipients: the number that each recipient has now, whatever number a message was written for."""

from collections.abc import Mapping, Sequence
from typing import Any

from bson import ObjectId

from dispatch.models import Agent, Client, Job, Message
from dispatch.models.message.batched import Outgoing
from dispatch.rules import phones
from dispatch.rules.jobs.states import OPEN

#: The fields of jobs and agents by which a number is found.
OF_THE_JOB, OF_THE_AGENT = ("status", "client_details.phone"), ("phone", "present")

Row = dict[str, Any]
Rows = Mapping[ObjectId | None, Row]


def present_phones(batch: Sequence[Message | Outgoing], jobs: Rows, agents: Rows) -> dict[ObjectId, str | None]:
    """Return by message the number that its recipient has now.

    None: the recipient is a deleted agent, whose number another agent has now. `jobs` and `agents` are the rows of the
    batch, by id.
    """
    gone = [phones.key_of(row["phone"]) for row in agents.values() if not row.get("present", True)]
    taken = set(Agent.ids_by_phone(gone).values()) if gone else set()
    of_clients = Client.phones(each.client_id for each in batch if each.client_id and not _is_open(jobs.get(each.job)))

    def present(message: Message | Outgoing) -> str | None:
        if message.agent:
            agent = agents.get(message.agent, {"phone": message.phone})
            key = phones.key_of(agent["phone"])
            return None if not agent.get("present", True) and key in taken else key
        job = jobs.get(message.job)
        if message.client_id and job and _is_open(job):
            return phones.key_of(job["client_details"]["phone"])
        return phones.key_of(of_clients.get(message.client_id or "", message.phone))

    return {message.id: present(message) for message in batch}


def present_phone(message: Message | Outgoing) -> str | None:
    """Return the number that a message's recipient has now. Return None if another agent has the number."""
    jobs, agents = Job.rows_by_id([message.job], *OF_THE_JOB), Agent.rows_by_id([message.agent], *OF_THE_AGENT)
    return present_phones([message], jobs, agents)[message.id]


def _is_open(job: Row | None) -> bool:
    """Return whether a change of the client still reaches this job."""
    return job is not None and job["status"] in OPEN
