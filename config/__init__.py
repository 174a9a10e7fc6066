"""Configuration: settings, queues, the schedule of beat, and logs.

beat: the schedule of periodic tasks.
broker: the connection of Celery's processes to Redis.
celery_settings: Celery's configuration, read at its first use.
logs: structured logs.
queues: queues, workers, routes of tasks, and Celery's settings.
secret_settings: secrets: who needs which, and values that are refused.
setting_groups: the groups of settings.
settings: environment variables, typed and checked.
web_worker: gunicorn's worker, whose threads get whole requests only.
whole_requests: whether all bytes of an HTTP request have arrived.
"""
