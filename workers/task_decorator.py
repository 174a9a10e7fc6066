"""How a hint becomes a task: its ids are read, and what this code or its database does not know is dropped."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from bson import ObjectId

from celery_app import app
from dispatch.models.base.record import Record, Unknown, object_id

log = structlog.get_logger(__name__)

#: What reads an argument of a hint. Raises TypeError or ValueError when it is of no use.
Reader = Callable[[Any], Any]


def hinted(name: str, *readers: Reader, **options: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a Celery task whose arguments are read by these.

    What can't be read is of another version of the code, or what it was about is gone: repeating it is of no use. It is
    dropped with one warning, which has the task's name and id as every line of a task, and no argument that is no id.
    """

    def make(work: Callable[..., None]) -> Any:
        @functools.wraps(work)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                work(*_read(work, readers, args, kwargs))
            except (Unknown, _Unreadable) as why:
                log.warning("task dropped", why=str(why))

        return app.task(name=name, **options)(run)

    return make


class _Unreadable(ValueError):
    """The arguments are not what the task takes."""


def _read(work: Callable[..., None], readers: Sequence[Reader], args: Any, kwargs: Any) -> list[Any]:
    try:
        given = inspect.signature(work).bind(*args, **kwargs).args
        return [reader(value) for reader, value in zip(readers, given, strict=True)]
    except (TypeError, ValueError):
        raise _Unreadable("wrong arguments") from None


def an_id(value: Any) -> ObjectId:
    """Read an id; whether there is anything with it the work itself finds out, and raises Unknown."""
    found = object_id(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return found


def ids(values: Any) -> list[ObjectId]:
    """Read a list of ids, likewise."""
    return [an_id(value) for value in values]


def one(document: type[Record]) -> Reader:
    """Read the id of one that exists, for work that does not find it out."""

    def read(value: Any) -> ObjectId:
        found = an_id(value)
        document.expect(found)
        return found

    return read
