"""Configuration: settings, queues, the schedule of beat, and logs.

beat: the schedule of periodic tasks.
logs: structured logs.
queues: queues, workers, routes of tasks, and Celery's settings.
setting_groups: the groups of settings.
settings: environment variables, typed and checked.
"""
