"""How a hint becomes a task: its ids are read, and what this code or its database does not know is dropped."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import structlog
from bson import ObjectId

from celery_app import app
from dispatch.models.record import Record, object_id

log = structlog.get_logger(__name__)

#: What reads an argument of a hint. Raises TypeError or ValueError when it is of no use.
Reader = Callable[[Any], Any]


class Unknown(ValueError):
    """There is nothing with this id."""


def hinted(name: str, *readers: Reader, **options: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a Celery task whose arguments are read by these.

    What can't be read is of another version of the code, or what it was about is gone: repeating it is of no use. It is
    dropped with one warning, which has the task's name and id as every line of a task, and no argument that is no id.
    """

    def make(work: Callable[..., None]) -> Any:
        @functools.wraps(work)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                given = inspect.signature(work).bind(*args, **kwargs).args
                read = [reader(value) for reader, value in zip(readers, given, strict=True)]
            except Unknown as unknown:
                log.warning("task dropped", why=str(unknown))
                return
            except (TypeError, ValueError):
                log.warning("task dropped", why="wrong arguments")
                return
            work(*read)

        return app.task(name=name, **options)(run)

    return make


def an_id(value: Any) -> ObjectId:
    """Read an id; whether there is anything with it the work itself finds out."""
    found = object_id(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return found


def one(document: type[Record]) -> Reader:
    """Read the id of one that exists."""

    def read(value: Any) -> ObjectId:
        found = an_id(value)
        if document.objects(pk=found).only("id").first() is None:
            raise Unknown(f"no {document.__name__.lower()} {found}")
        return found

    return read


def some(document: type[Record]) -> Reader:
    """Read a list of ids; those that are nobody's are left out."""

    def read(values: Any) -> list[ObjectId]:
        ids = [an_id(value) for value in values]
        known = set(document.objects(pk__in=ids).scalar("id"))
        if not known:
            raise Unknown(f"none of {len(ids)} {document.__name__.lower()}s")
        return [found for found in ids if found in known]

    return read
