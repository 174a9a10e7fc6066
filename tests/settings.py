"""Settings that differ for one test."""

from dataclasses import replace
from typing import Any

from config.setting_groups import Settings
from config.settings import settings


def changed(**groups: dict[str, Any]) -> Settings:
    """Return this process's settings with some values replaced: `changed(outbox={"messaging_tier": 2})`."""
    found = settings()
    return replace(found, **{group: replace(getattr(found, group), **values) for group, values in groups.items()})
