"""Offers: one job shown to one agent in one round. A claim is written here before anything else."""

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
    """An offer. `claim` is the inbound message with the YES, `claimed_at` when that message arrived.

    `confirmation` is a CONFIRM that arrived before the claim was decided; it counts once the claim has won.
    `settle_at` is when the claim is to be settled next; it serves as the lease for settling. A parked claim is settled
    after all others. `plan` is the job's plan that was offered. `times` counts how often the offer was opened: again
    for an agent who was inactive for a while.
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
    confirmation = ObjectIdField()
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
    def make(
        cls, job: ObjectId, round_: int, plan: int, agents: Sequence[ObjectId], now: datetime
    ) -> list[OfferOutline]:
        """Create the missing offers of this round for these agents, and return their offers in the agents' order."""
        key = {"job": job, "round": round_}
        fresh = {"state": OfferState.OPEN.value, "plan": plan, "times": 1, "created_at": now}
        cls.insert_missing([({**key, "agent": agent}, fresh) for agent in agents])
        existing = cls.find_rows({**key, "agent": {"$in": list(agents)}}, *outlines.OFFER)
        made = {row["agent"]: OfferOutline.of(row) for row in existing}
        return [made[agent] for agent in agents]

    @classmethod
    def reopen(cls, offer_id: ObjectId) -> "Offer | None":
        """Open a closed offer again, for an agent who was inactive, and return it. Return None if it is not closed."""
        return cls.find_and_update(
            {"_id": offer_id, "state": OfferState.CLOSED.value},
            {
                "$set": {"state": OfferState.OPEN.value},
                "$inc": {"times": 1},
                "$unset": dict.fromkeys(
                    (*TRY_FIELDS, "closed_at", "claim", "claimed_at", "confirmation", "settle_at"), 1
                ),
            },
        )

    @classmethod
    def open_again(cls, offer_id: ObjectId, times: int) -> "Offer | None":
        """Count an open offer as opened once more, as its message has failed. Return None if it is not as it was."""
        return cls.find_and_update(
            {"_id": offer_id, "state": OfferState.OPEN.value, "times": times}, {"$inc": {"times": 1}}
        )

    @classmethod
    def make_winnable(cls, job: ObjectId, round_: int, plan: int, agent: ObjectId, now: datetime) -> "Offer":
        """Return the agent's offer of this round, which is made closed if there is none: a person gives them the job.

        A final state other than `closed`, such as `declined`, becomes `closed`: the move of the job decides.
        """
        key = {"job": job, "round": round_, "agent": agent}
        closed = {"state": OfferState.CLOSED.value, "closed_at": now}
        cls.insert_missing([(key, {**closed, "plan": plan, "times": 1, "created_at": now})])
        final = {**key, "state": {"$nin": [*UNDECIDED, OfferState.CLOSED.value]}}
        cls.collection().update_one(final, {"$set": closed})
        return cls.objects.get(**key)

    @classmethod
    def write_claim(
        cls,
        offer_id: ObjectId,
        message: ObjectId,
        arrived_at: datetime,
        settle_at: datetime,
        state: OfferState = OfferState.OPEN,
    ) -> "Offer | None":
        """Write a claim on an offer in this state and return it, also if this message claimed it before.

        Else return None. A claim on a declined offer takes the NO back.
        """
        claimed = {"claim": message, "claimed_at": arrived_at, "settle_at": settle_at}
        return cls.find_and_update(
            {"_id": offer_id, "state": state.value},
            {
                "$set": {"state": OfferState.CLAIMED.value, **claimed},
                "$unset": dict.fromkeys((*TRY_FIELDS, "closed_at", "confirmation"), 1),
            },
        ) or cls.find_and_update({"_id": offer_id, "claim": message}, {"$set": {"claim": message}})

    @classmethod
    def write_confirmation(cls, offer_id: ObjectId | None, message: ObjectId) -> None:
        """Write the CONFIRM that follows the claim on an offer, unless the claim is lost."""
        states = [OfferState.CLAIMED.value, OfferState.WON.value]
        cls.collection().update_one(
            {"_id": offer_id, "state": {"$in": states}, "confirmation": None}, {"$set": {"confirmation": message}}
        )

    @classmethod
    def set_claim_back(cls, offer_id: ObjectId | None, message: ObjectId, at: datetime) -> None:
        """If this message's claim is dated later than `at`, date it `at`."""
        later = {"_id": offer_id, "claim": message, "claimed_at": {"$gt": at}}
        cls.collection().update_one(later, {"$set": {"claimed_at": at}})

    @classmethod
    def earliest_claim(cls, job: ObjectId) -> "Offer | None":
        """Return the claim that arrived first, by (received_at, message id). Parked claims do not count."""
        claims = {"job": job, "state": OfferState.CLAIMED.value, "parked_at": None}
        return cls.find_first(claims, [("claimed_at", 1), ("claim", 1)])

    @classmethod
    def lease_settling(cls, offer_id: ObjectId, now: datetime, until: datetime) -> "Offer | None":
        """Lease the settling of a claim. Return None if it is not due, or another worker has the lease."""
        return cls.find_and_update(
            {"_id": offer_id, "state": OfferState.CLAIMED.value, "settle_at": {"$lte": now}},
            {"$set": {"settle_at": until}, **COUNTED},
        )

    @classmethod
    def settle_later(cls, offer_id: ObjectId, until: datetime) -> None:
        """Settle a leased claim later, without counting a failure."""
        unfailed = {"$set": {"settle_at": until}, "$unset": {"tries": 1}}
        cls.find_and_update({"_id": offer_id, "state": OfferState.CLAIMED.value, "parked_at": None}, unfailed)

    @classmethod
    def overdue_claims(cls, before: datetime, limit: int = 500) -> list[ObjectId]:
        """Return the jobs with overdue claims."""
        claimed = cls.objects(state=OfferState.CLAIMED.value, settle_at__lte=before).only("job").limit(limit)
        return list(dict.fromkeys(offer.job for offer in claimed))

    @classmethod
    def close(cls, offer_id: ObjectId, state: OfferState, among: Iterable[str] = UNDECIDED) -> "Offer | None":
        """End an undecided offer and return it. Return None if it had ended before."""
        return cls.find_and_update({"_id": offer_id, "state": {"$in": list(among)}}, _closing(state))

    @classmethod
    def close_all(cls, job: ObjectId, round_: int, state: OfferState) -> None:
        """End every undecided offer of a round."""
        cls.collection().update_many({"job": job, "round": round_, "state": {"$in": UNDECIDED}}, _closing(state))

    @classmethod
    def close_of_agent(cls, agent: ObjectId) -> None:
        """End every undecided offer of an agent."""
        cls.collection().update_many({"agent": agent, "state": {"$in": UNDECIDED}}, _closing(OfferState.CLOSED))

    @classmethod
    def any_undecided(cls, job: ObjectId, round_: int, besides: ObjectId | None = None) -> bool:
        """Return whether an agent, except `besides`, may still take the job in this round."""
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
        """Return all undecided offers of an agent, and their latest others, newest first."""
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
        """Return the offers among these that are open."""
        return {row["_id"] for row in cls.find_rows({"_id": {"$in": list(ids)}, "state": OfferState.OPEN.value})}

    @classmethod
    def offered_among(cls, job: ObjectId, agents: Iterable[ObjectId]) -> set[ObjectId]:
        """Return the agents among these who were ever offered this job."""
        return {offer.agent for offer in cls.objects(job=job, agent__in=list(agents)).only("agent")}

    @property
    def is_undecided(self) -> bool:
        """Whether the offer may still win or lose."""
        return self.state in UNDECIDED


def _closing(state: OfferState) -> dict[str, dict[str, object]]:
    # MongoDB's clock, as it is compared with an inbound message's received_at. Errors of a decided claim are dropped.
    return {"$set": {"state": state.value}, "$unset": dict.fromkeys(TRY_FIELDS, 1), "$currentDate": {"closed_at": True}}
