"""The decorator of tasks: arguments are read and checked; a task with unusable arguments is dropped."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from bson import ObjectId

from celery_app import app
from dispatch.models.base.record import Record, Unknown, object_id

log = structlog.get_logger(__name__)

#: A function that reads an argument of a task. Raises TypeError or ValueError if the argument is unusable.
Reader = Callable[[Any], Any]


def hinted(name: str, *readers: Reader, **options: Any) -> Callable[[Callable[..., None]], Any]:
    """Return a decorator that makes a Celery task whose arguments are read by these readers.

    A task with unusable arguments comes from another version of the code, or its document is gone: a repetition would
    not help. The task is dropped with one warning. The warning has the task's name and id, and no argument but ids.
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
    """The arguments do not fit the task."""


def _read(work: Callable[..., None], readers: Sequence[Reader], args: Any, kwargs: Any) -> list[Any]:
    try:
        given = inspect.signature(work).bind(*args, **kwargs).args
        return [reader(value) for reader, value in zip(readers, given, strict=True)]
    except (TypeError, ValueError):
        raise _Unreadable("wrong arguments") from None


def an_id(value: Any) -> ObjectId:
    """Return an id. The task itself raises Unknown if no document has this id. Raises ValueError."""
    found = object_id(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return found


def ids(values: Any) -> list[ObjectId]:
    """Return a list of ids. Raises ValueError."""
    return [an_id(value) for value in values]


def one(document: type[Record]) -> Reader:
    """Return a reader for the id of an existing document, for tasks that do not check this themselves."""

    def read(value: Any) -> ObjectId:
        found = an_id(value)
        document.expect(found)
        return found

    return read
