"""Readers of the check: documents of one kind are read with their related documents, and judged by the laws."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from config.settings import settings
from dispatch import shelf
from dispatch.actions import message_keys
from dispatch.models import DOCUMENTS, Agent, Alarm, Job, Message, Offer, OfferState, Record, Timer, schema_steps
from dispatch.models.message.message import made_by
from dispatch.rules.jobs import attention
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import JobState
from dispatch.rules.operations import job_laws, work_laws
from dispatch.rules.operations.job_laws import JobSnapshot, Offence

Row = Mapping[str, Any]
_JOB = (
    "status",
    "agent",
    "round",
    "plan",
    "version",
    "held_for",
    "starts_at",
    "unfollowed",
    "follow_up_at",
    "attention",
    "attention_since",
    "attentions",
    "alert_at",
    "reached",
    "timeline",
    "deleted_at",
    "updated_at",
)
_JOB_BRIEFLY = ("status", "round", "held_for", "unfollowed", "updated_at")
_AGENT = ("status", "opted_out_at", "unreachable_at", "paused_until", "follow_up_at", "created_at", "updated_at")
_MESSAGE = (
    "direction",
    "status",
    "lane",
    "created_at",
    "received_at",
    "next_attempt_at",
    "not_before",
    "attempts",
    "handlings",
    "unhandled",
    "meaning",
    "phone",
    "agent",
    "job",
)
_TOLD = ("agent", "job", "offer", "created_at", "attempted_at")
#: A message about a claim may have been written this long before the claim, and sent after it.
_EARLIER = timedelta(hours=1)


_TIMER = ("job", "kind", "plan", "round", "due_at", "fired_at", "missed_at", "parked_at", "next_attempt_at")


def at_jobs(ids: Sequence[ObjectId], before: datetime) -> list[Offence]:
    """Judge jobs, with the offers that won them and their timers."""
    jobs = _by_id(Job, ids, _JOB)
    of_theirs = {"job": {"$in": list(jobs)}}
    won = _of_each(Offer.find_rows({**of_theirs, "state": OfferState.WON.value}, "job", "round", "agent"))
    timers = _of_each(Timer.find_rows(of_theirs, *_TIMER))
    lead, found = settings().jobs.reminder_lead_minutes, []
    for job_id, job in jobs.items():
        snapshot = JobSnapshot(job, won.get(job_id, ()), timers.get(job_id, ()))
        found += list(job_laws.of_job(snapshot, before))
        if job["updated_at"] <= before and job_laws.reminder_missing(snapshot, before, lead):
            found.append(Offence("reminder-missing", "job", str(job_id), job["updated_at"]))
        if since := _nobody_is_asked(job, before):
            found.append(Offence("nobody-is-asked", "job", str(job_id), since))
        if job.get("alert_at") and job["alert_at"] <= before:
            found.append(Offence("alarm-overdue", "job", str(job_id), job["alert_at"]))
        if any(found_.law == "owner-did-not-win" for found_ in found if found_.id == str(job_id)):
            found += _never_offered(job)
    return found


def _nobody_is_asked(job: Row, before: datetime) -> datetime | None:
    """Return since when no agent has an offer of a pending job, if operations have no alarm. Return None if one has."""
    known = any(each["reason"] == Reason.NO_AGENT for each in attention.standing(job))
    if job["status"] != JobState.PENDING or known or job.get("unfollowed") or job["starts_at"] <= before:
        return None
    round_ = job.get("round", 1)
    if job["updated_at"] > before or Offer.any_undecided(job["_id"], round_):
        return None
    closed = [offer.closed_at for offer in Offer.of_round(job["_id"], round_) if offer.closed_at]
    since: datetime = max([job["updated_at"], *closed])
    return since if since <= before else None


def _never_offered(job: Row) -> list[Offence]:
    if Offer.of_agent_for(job["agent"], job["_id"]):
        return []
    return [Offence("owner-never-offered", "job", str(job["_id"]), job["updated_at"])]


def at_offers(ids: Sequence[ObjectId], before: datetime) -> list[Offence]:
    """Judge undecided offers, with their jobs, agents and messages."""
    offers = list(Offer.objects(pk__in=list(ids), state__in=["open", "claimed"]))
    jobs = _by_id(Job, {offer.job for offer in offers}, _JOB_BRIEFLY)
    agents = _by_id(Agent, {offer.agent for offer in offers}, _AGENT)
    keys = {message_keys.offer_key(offer): offer.id for offer in offers}
    messages: dict[Any, Row] = {
        keys[row["key"]]: row for row in Message.find_rows({"key": {"$in": list(keys)}}, "key", "status", "attempts")
    }
    claims = _by_id(Message, {offer.claim for offer in offers}, ("created_at",))
    found: list[Offence] = []
    for offer in offers:
        row, around = offer.to_mongo(), (jobs.get(offer.job), agents.get(offer.agent), messages.get(offer.id))
        laws_broken = (
            *work_laws.of_claim(row, claims.get(offer.claim), before),
            *work_laws.of_offer(row, *around, before),
        )
        found += [Offence(law, "offer", str(offer.id), since) for law, since in laws_broken]
    return found


def at_timers(ids: Sequence[ObjectId], before: datetime) -> list[Offence]:
    """Judge waiting timers."""
    timers = _by_id(Timer, ids, ("job", "due_at", "next_attempt_at"))
    waiting = {timer_id: timer for timer_id, timer in timers.items() if timer.get("next_attempt_at")}
    jobs = _by_id(Job, {timer["job"] for timer in waiting.values()}, _JOB_BRIEFLY)
    return [
        Offence(law, "timer", str(timer_id), since)
        for timer_id, timer in waiting.items()
        for law, since in work_laws.of_timer(timer, jobs.get(timer["job"]), before)
        if law != "timer-of-ended-job"  # the job's own law says so
    ]


def at_messages(ids: Sequence[ObjectId], before: datetime) -> list[Offence]:
    """Judge messages of both directions. A YES must also have an answer."""
    messages = _by_id(Message, ids, _MESSAGE)
    found = [
        Offence(law, "message", str(message_id), since)
        for message_id, message in messages.items()
        for law, since in work_laws.of_message(message, before)
    ]
    claims = [row for row in messages.values() if _is_settled_claim(row, before)]
    return found + [Offence("claim-unanswered", "message", *each) for each in _unanswered(claims, before)]


def _is_settled_claim(row: Row, before: datetime) -> bool:
    return bool(
        row["status"] == "handled"
        and (row.get("meaning") or {}).get("act") == "claim"
        and row["received_at"] <= before
        and row.get("agent")
    )


def _unanswered(claims: Sequence[Row], before: datetime) -> Iterator[tuple[str, datetime]]:
    if not claims:
        return
    offers = _by_id(Offer, [row["meaning"].get("offer") for row in claims], ("state",))
    agents = _by_id(Agent, {row["agent"] for row in claims}, _AGENT)
    since = made_by(min(row["received_at"] for row in claims) - _EARLIER)
    to_them = {"phone": {"$in": sorted({row["phone"] for row in claims})}, "_id": {"$gte": since}}
    sent: dict[Any, list[Row]] = {}
    for row in Message.find_rows({**to_them, "direction": "outbound"}, *_TOLD):
        sent.setdefault(row.get("agent"), []).append(row)
    for claim in claims:
        offer, agent = offers.get(claim["meaning"].get("offer")), agents.get(claim["agent"])
        if work_laws.is_unanswered(claim, offer, agent, sent.get(claim["agent"], ()), before):
            yield str(claim["_id"]), claim["received_at"]


def at_agents(ids: Sequence[ObjectId], before: datetime) -> list[Offence]:
    """Judge agents with due follow-up work, or whose pause is over."""
    return [
        Offence(law, "agent", str(agent_id), agent[due])
        for agent_id, agent in _by_id(Agent, ids, ("follow_up_at", "paused_until")).items()
        for law, due in (("agent-unfollowed", "follow_up_at"), ("pause-not-ended", "paused_until"))
        if agent.get(due) and agent[due] <= before
    ]


def at_alarms(ids: Sequence[ObjectId], before: datetime) -> list[Offence]:
    """Return the alarms that should have been posted."""
    alarms = _by_id(Alarm, ids, ("post_at",))
    overdue = {id_: row["post_at"] for id_, row in alarms.items() if row.get("post_at") and row["post_at"] <= before}
    return [Offence("alarm-overdue", "alarm", str(alarm_id), since) for alarm_id, since in overdue.items()]


def at_indexes() -> list[Offence]:
    """Judge whether every index exists: unique values depend on them."""
    return [
        Offence("index-missing", "collection", f"{document._get_collection_name()}.{name}")
        for document in DOCUMENTS
        for name in sorted(schema_steps.wanted_indexes(document) - schema_steps.existing_indexes(document))
    ]


def at_shelf(before: datetime) -> list[Offence]:
    """Judge the webhook forms that wait in Redis. Raises redis.RedisError."""
    found = []
    for key in (shelf.RESCUED, shelf.RECEIPTS):
        for raw in shelf.entries(key)[:1]:
            try:
                since = datetime.fromisoformat(shelf.read(raw)["at"])
            except shelf.NotSigned:  # the next sweep sets it aside
                continue
            if since <= before:
                found.append(Offence("form-unsaved", "shelf", key, since))
    return found + ([Offence("form-set-aside", "shelf", shelf.SET_ASIDE)] if shelf.counts()["set_aside"] else [])


def _by_id(document: type[Record], ids: Iterable[Any], fields: Sequence[str]) -> dict[Any, dict[str, Any]]:
    wanted = [each for each in ids if each is not None]
    return {row["_id"]: row for row in document.find_rows({"_id": {"$in": wanted}}, *fields)} if wanted else {}


def _of_each(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row["job"], []).append(row)
    return found
