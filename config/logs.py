"""Structured logs: each line has one event and its fields. Lines contain ids, never phone numbers, names or texts."""

import logging
import sys

import structlog

#: Loggers that would print phone numbers (Twilio's query strings), or a line for each beat and task.
NOISY = ("twilio", "twilio.http_client", "urllib3", "pymongo", "celery.beat", "celery.worker", "celery.app.trace")


#: Celery's logger for tasks that it can't run. It logs the whole message. Beginning of such a line -> our reason.
_CONSUMER = "celery.worker.consumer.consumer"
_DROPPED = {
    "Received unregistered task": "unknown name",
    "Received invalid task": "not a task",
    "Received and deleted unknown message": "not a task",
    "Can't decode message body": "not readable",
}


def set_up(level: str, log_format: str) -> None:
    """Write logs of structlog and of all libraries to standard error, as JSON lines or for a console."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _renderer(log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger(_CONSUMER).addFilter(without_message)


def without_message(record: logging.LogRecord) -> bool:
    """Replace Celery's line about a dropped task by ours, which does not contain the message."""
    why = next((why for begins, why in _DROPPED.items() if str(record.msg).startswith(begins)), None)
    if why is None:
        return True
    headers = next((each for each in record.args or () if isinstance(each, dict) and "task" in each), {})
    ids = {name: headers[key] for name, key in (("task", "task"), ("task_id", "id")) if key in headers}
    structlog.get_logger(__name__).warning("task dropped", why=why, **ids)
    return False


def without_request(record: logging.LogRecord) -> bool:
    """Remove request data from gunicorn's own lines: an invalid request line, or a path with its query."""
    text = record.getMessage()
    if "request from" in text or text.startswith("Error handling request"):
        cause = sys.exc_info()[0]
        record.msg, record.args = f"{text.split(' request')[0]} request: {cause.__name__ if cause else 'unknown'}", ()
    return True


def _renderer(log_format: str) -> structlog.typing.Processor:
    return (
        structlog.dev.ConsoleRenderer(colors=False) if log_format == "console" else structlog.processors.JSONRenderer()
    )
