"""Structured logs: one event and its fields a line; ids are bound once at the edge, never a phone, name or text."""

import logging
import sys

import structlog

#: These would print phone numbers (Twilio's query strings), or a line for each beat and task.
NOISY = ("twilio", "twilio.http_client", "urllib3", "pymongo", "celery.beat", "celery.worker", "celery.app.trace")


def set_up(level: str, log_format: str) -> None:
    """Send structlog and the libraries' loggers to standard error, as JSON lines or for a console."""
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


def unquoted(record: logging.LogRecord) -> bool:
    """Take out of gunicorn's own lines what somebody sent: a request line that is no good, a path with its query."""
    text = record.getMessage()
    if "request from" in text or text.startswith("Error handling request"):
        cause = sys.exc_info()[0]
        record.msg, record.args = f"{text.split(' request')[0]} request: {cause.__name__ if cause else 'unknown'}", ()
    return True


def _renderer(log_format: str) -> structlog.typing.Processor:
    return (
        structlog.dev.ConsoleRenderer(colors=False) if log_format == "console" else structlog.processors.JSONRenderer()
    )
