"""The Celery app of all processes: `celery -A celery_app worker | beat | flower`."""

from celery import Celery
from celery.signals import setup_logging

from config import logs
from config.settings import settings

app = Celery(
    "dispatch",
    include=[
        "workers.inbox",
        "workers.assignment",
        "workers.broadcasting",
        "workers.notifications",
        "workers.reminders",
        "workers.sweeps",
    ],
)
app.config_from_object("config.celery_settings:CONFIGURATION")


@setup_logging.connect
def _set_up_logging(**_: object) -> None:
    logs.set_up(settings().logs.level, settings().logs.format)
