"""Celery's configuration. Celery imports this module at first use, so an import of `celery_app` needs no settings."""

from config import beat, queues
from config.settings import settings

CONFIGURATION = {
    **queues.celery_config(settings().stores.redis_url),
    "beat_schedule": beat.schedule(settings().clock.sweep_seconds),
    "beat_scheduler": "config.beat:Scheduler",
}
