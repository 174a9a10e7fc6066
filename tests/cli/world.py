"""A busy, healthy desk: a job in each state, claims that won and lost, timers, messages. It is built once."""

from typing import Any

from bson import ObjectId

from dispatch.actions.inbox import handling
from dispatch.actions.jobs import cancel, release, visit
from dispatch.models import DOCUMENTS, Job, Record
from dispatch.models.base.record import utc_now
from sandbox.twilio import PretendTwilio
from tests.builders import an_agent
from tests.talking import DirectTalk

_laid_out: dict[type[Record], list[dict[str, Any]]] = {}
_ids: dict[str, ObjectId] = {}


class CheckedWorld:
    """Its documents by name: `pending`, `assigned` … are jobs, `ada` and `bisi` agents."""

    def __init__(self, twilio: PretendTwilio) -> None:
        if not _ids:
            _live(DirectTalk(twilio))
            _laid_out.update({document: list(document.collection().find()) for document in DOCUMENTS})
            return
        for document, rows in _laid_out.items():
            if rows:
                document.collection().insert_many(rows)

    def __getattr__(self, name: str) -> ObjectId:
        return _ids[name]

    def one(self, document: type[Record], **where: Any) -> dict[str, Any]:
        """Return a document as MongoDB has it."""
        found = document.collection().find_one(where)
        assert found, where
        return found

    def set(self, document: type[Record], where: dict[str, Any], *drop: str, **fields: Any) -> str:
        """Damage a document by hand and return its id."""
        found = self.one(document, **where)
        change = {**({"$set": fields} if fields else {}), **({"$unset": dict.fromkeys(drop, 1)} if drop else {})}
        document.collection().update_one({"_id": found["_id"]}, change)
        return str(found["_id"])

    def job(self, name: str, *drop: str, **fields: Any) -> str:
        """Damage a job and return its id."""
        return self.set(Job, {"_id": _ids[name]}, *drop, **fields)


def _live(talk: DirectTalk) -> None:
    ada, bisi = an_agent(name="Ada"), an_agent(name="Bisi")
    _ids.update(ada=ada.id, bisi=bisi.id)
    for name in ("pending", "assigned", "approved", "in_progress", "completed", "cancelled", "released"):
        job = talk.offer(starts_in="90m" if name in ("in_progress", "completed") else "2d")
        _ids[name] = job.id
        if name in ("pending", "cancelled"):
            continue
        for message in [talk.hear(who.phone, f"YES {job.code}") for who in (ada, bisi)]:
            handling.handle(message.id)
        talk.work()
        if name != "assigned":
            talk.say(ada, f"CONFIRM {job.code}")
    visit.begin(_ids["in_progress"], ada.id, utc_now())
    visit.complete(_ids["completed"], ada.id, utc_now())
    cancel.cancel(_ids["cancelled"], utc_now())
    release.release(_ids["released"], utc_now())
    talk.say("+2348090000001", "Who is this?")
    talk.work()
