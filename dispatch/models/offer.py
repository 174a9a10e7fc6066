"""Offers: one job shown to one agent in one round; a claim is written here before anything else."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bson import ObjectId
from mongoengine import DateTimeField, IntField, ObjectIdField, StringField

from dispatch.models.base import outlines
from dispatch.models.base.outlines import OfferOutline
from dispatch.models.base.tried import COUNTED, PARKED_INDEX, TRY_FIELDS, Tried
from dispatch.rules.offers.offering import OfferState

UNDECIDED = [OfferState.CLAIMED.value, OfferState.OPEN.value]
_UNDECIDED = {"state": {"$in": UNDECIDED}}


class Offer(Tried):
    """`claim` is the inbound message that said YES, `claimed_at` when that message arrived.

    `settle_at` is when the claim is to be settled (again): the lease of whoever settles it; a parked claim stands
    behind all others. `plan` is the job's as it was offered; `times` counts how often it was opened (again, for an
    agent who was not active for a while).
    """

    DUE = ("settle_at",)

    job = ObjectIdField(required=True)
    round = IntField(required=True)
    plan = IntField(default=1)
    times = IntField(default=1)
    agent = ObjectIdField(required=True)
    state = StringField(default=OfferState.OPEN.value)
    claim = ObjectIdField()
    claimed_at = DateTimeField()
    settle_at = DateTimeField()
    created_at = DateTimeField()
    closed_at = DateTimeField()

    meta = {
        "collection": "offers",
        "indexes": [
            {"fields": ["job", "round", "agent"], "unique": True},
            {"fields": ["job", "state", "claimed_at", "claim"], "partialFilterExpression": _UNDECIDED},
            {"fields": ["job", "round"], "partialFilterExpression": {"state": OfferState.WON.value}},
            {"fields": ["settle_at"], "partialFilterExpression": {"state": OfferState.CLAIMED.value}},
            PARKED_INDEX,
            {"fields": ["job", "-id"]},
            {"fields": ["agent", "-id"]},
            {"fields": ["agent", "state"], "partialFilterExpression": _UNDECIDED},
        ],
    }

    @classmethod
    def make(cls, job: ObjectId, round_: int, plan: int, agents: Sequence[ObjectId],
             now: datetime) -> list[OfferOutline]:  # fmt: skip
        """Make sure that each agent has an offer of this round, and return these offers in the agents' order."""
        key = {"job": job, "round": round_}
        fresh = {"state": OfferState.OPEN.value, "plan": plan, "times": 1, "created_at": now}
        cls.insert_missing([({**key, "agent": agent}, fresh) for agent in agents])
        stand = cls.find_rows({**key, "agent": {"$in": list(agents)}}, *outlines.OFFER)
        made = {row["agent"]: OfferOutline.of(row) for row in stand}
        return [made[agent] for agent in agents]

    @classmethod
    def reopen(cls, offer_id: ObjectId) -> "Offer | None":
        """Open an offer again that was closed because its agent was not active; None when it is not closed."""
        return cls.find_and_update(
            {"_id": offer_id, "state": OfferState.CLOSED.value},
            {
                "$set": {"state": OfferState.OPEN.value},
                "$inc": {"times": 1},
                "$unset": dict.fromkeys((*TRY_FIELDS, "closed_at", "claim", "claimed_at", "settle_at"), 1),
            },
        )

    @classmethod
    def write_claim(cls, offer_id: ObjectId, message: ObjectId, arrived_at: datetime,
                  settle_at: datetime) -> "Offer | None":  # fmt: skip
        """Write a claim on an open offer; None when it is no longer open, unless this very message claimed it."""
        state = OfferState.CLAIMED.value
        claimed = {"state": state, "claim": message, "claimed_at": arrived_at, "settle_at": settle_at}
        return cls.find_and_update(
            {"_id": offer_id, "state": OfferState.OPEN.value}, {"$set": claimed}
        ) or cls.find_and_update({"_id": offer_id, "claim": message}, {"$set": {"claim": message}})

    @classmethod
    def set_claim_back(cls, offer_id: ObjectId | None, message: ObjectId, at: datetime) -> None:
        """Let this message's claim on an offer count from then at the latest."""
        later = {"_id": offer_id, "claim": message, "claimed_at": {"$gt": at}}
        cls.collection().update_one(later, {"$set": {"claimed_at": at}})

    @classmethod
    def earliest_claim(cls, job: ObjectId) -> "Offer | None":
        """Return the claim that arrived first, by (received_at, message id), of those that are not parked."""
        claims = {"job": job, "state": OfferState.CLAIMED.value, "parked_at": None}
        return cls.find_first(claims, [("claimed_at", 1), ("claim", 1)])

    @classmethod
    def lease_settling(cls, offer_id: ObjectId, now: datetime, until: datetime) -> "Offer | None":
        """Take the right to settle a claim; None when it is not yet time or somebody is at it."""
        return cls.find_and_update(
            {"_id": offer_id, "state": OfferState.CLAIMED.value, "settle_at": {"$lte": now}},
            {"$set": {"settle_at": until}, **COUNTED},
        )

    @classmethod
    def settle_later(cls, offer_id: ObjectId, until: datetime) -> None:
        """A leased claim can't be decided before then: that is no failure."""
        unfailed = {"$set": {"settle_at": until}, "$unset": {"tries": 1}}
        cls.find_and_update({"_id": offer_id, "state": OfferState.CLAIMED.value, "parked_at": None}, unfailed)

    @classmethod
    def is_stuck(cls, job: ObjectId) -> bool:
        """Whether a claim on this job is parked and still undecided."""
        return cls.objects(job=job, state=OfferState.CLAIMED.value, parked_at__ne=None).first() is not None

    @classmethod
    def overdue_claims(cls, before: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the jobs with claims that should have been settled by now."""
        claimed = cls.objects(state=OfferState.CLAIMED.value, settle_at__lte=before).only("job").limit(limit)
        return list(dict.fromkeys(offer.job for offer in claimed))

    @classmethod
    def close(cls, offer_id: ObjectId, state: OfferState, among: Iterable[str] = UNDECIDED) -> "Offer | None":
        """End one undecided offer; None when it had ended before."""
        return cls.find_and_update({"_id": offer_id, "state": {"$in": list(among)}}, _closing(state))

    @classmethod
    def close_all(cls, job: ObjectId, round_: int, state: OfferState) -> None:
        """End every undecided offer of a round."""
        cls.collection().update_many({"job": job, "round": round_, "state": {"$in": UNDECIDED}}, _closing(state))

    @classmethod
    def close_of_agent(cls, agent: ObjectId) -> None:
        """End every undecided offer of an agent who is not to be offered anything."""
        cls.collection().update_many({"agent": agent, "state": {"$in": UNDECIDED}}, _closing(OfferState.CLOSED))

    @classmethod
    def any_undecided(cls, job: ObjectId, round_: int, besides: ObjectId | None = None) -> bool:
        """Tell whether anybody (`besides` this agent) may still take the job in this round."""
        undecided = cls.objects(job=job, round=round_, state__in=UNDECIDED, agent__ne=besides)
        return undecided.only("id").first() is not None

    @classmethod
    def asked_in(cls, job: ObjectId, round_: int) -> set[ObjectId]:
        """Return the agents whose offers of a round are undecided."""
        return set(cls.objects(job=job, round=round_, state__in=UNDECIDED).distinct("agent"))

    @classmethod
    def undecided_of(cls, agent: ObjectId) -> list["Offer"]:
        """Return an agent's undecided offers."""
        return list(cls.objects(agent=agent, state__in=UNDECIDED))

    @classmethod
    def of_round(cls, job: ObjectId, round_: int) -> list["Offer"]:
        """Return all offers of a round."""
        return list(cls.objects(job=job, round=round_).order_by("id"))

    @classmethod
    def of_job(cls, job: ObjectId) -> list["Offer"]:
        """Return all offers of a job, round by round."""
        return list(cls.objects(job=job).order_by("round", "agent"))

    @classmethod
    def of_agent(cls, agent: ObjectId, limit: int = 40) -> list[OfferOutline]:
        """Return an agent's undecided offers, all of them, and the latest others, newest first."""
        undecided = cls.find_rows({"agent": agent, "state": {"$in": UNDECIDED}}, *outlines.OFFER)
        latest = cls.find_rows({"agent": agent}, *outlines.OFFER, latest=limit)
        by_id = {row["_id"]: OfferOutline.of(row) for row in (*undecided, *latest)}
        return [by_id[offer_id] for offer_id in sorted(by_id, reverse=True)]

    @classmethod
    def of_agent_for(cls, agent: ObjectId, job: ObjectId) -> "Offer | None":
        """Return an agent's latest offer of one job."""
        return cls.find_first({"agent": agent, "job": job}, [("round", -1)])

    @classmethod
    def open_among(cls, ids: Iterable[ObjectId]) -> set[ObjectId]:
        """Return those of these offers that are open."""
        return {row["_id"] for row in cls.find_rows({"_id": {"$in": list(ids)}, "state": OfferState.OPEN.value})}

    @classmethod
    def offered_among(cls, job: ObjectId, agents: Iterable[ObjectId]) -> set[ObjectId]:
        """Return those of these agents who were ever offered this job."""
        return {offer.agent for offer in cls.objects(job=job, agent__in=list(agents)).only("agent")}

    @property
    def is_undecided(self) -> bool:
        """Whether the offer may still win or lose."""
        return self.state in UNDECIDED


def _closing(state: OfferState) -> dict[str, dict[str, object]]:
    # MongoDB's clock: compared with an inbound message's received_at, which is MongoDB's too.
    # What was wrong with a claim that is decided is nobody's matter any more.
    return {"$set": {"state": state.value}, "$unset": dict.fromkeys(TRY_FIELDS, 1), "$currentDate": {"closed_at": True}}
