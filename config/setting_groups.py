"""The groups of settings: what each value means."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Web:
    """The API's address and secrets; `public_base_url` is the address that Twilio and platforms use."""

    host: str
    port: int
    public_base_url: str
    api_key: str
    secret_key: str


@dataclass(frozen=True)
class Stores:
    """Where MongoDB and Redis are."""

    mongodb_uri: str
    mongodb_db_name: str
    redis_url: str


@dataclass(frozen=True)
class Twilio:
    """The Twilio account and its senders; the sandbox's own where no account is set."""

    account_sid: str
    auth_token: str
    whatsapp_numbers: tuple[str, ...]
    api_base_url: str | None

    @property
    def whatsapp_number(self) -> str:
        """Return the first sender."""
        return self.whatsapp_numbers[0]


@dataclass(frozen=True)
class Sandbox:
    """The pretend Twilio: `on` when no Twilio account is set."""

    on: bool
    port: int


@dataclass(frozen=True)
class Logs:
    """What is logged, and how."""

    level: str
    format: str


@dataclass(frozen=True)
class Defaults:
    """Time zone, country and language of whoever names none."""

    timezone: str
    region: str
    language: str


@dataclass(frozen=True)
class Operations:
    """Where alarms, data and Flower are."""

    data_dir: Path
    flower_port: int
    webhook_url: str | None


@dataclass(frozen=True)
class Jobs:
    """How long a visit and its reminders take."""

    reminder_lead_minutes: int
    confirm_nudge_minutes: int
    inspection_minutes: int


@dataclass(frozen=True)
class Offers:
    """How long a job is held for one agent, and a YES before it is settled."""

    continuity_hold_minutes: int
    settle_after_ms: int


@dataclass(frozen=True)
class Outbox:
    """How fast messages are sent, and when Twilio is asked about one; `messaging_tier` None: no limit."""

    send_rate_per_second: int
    unknown_lookup_seconds: int
    person_interval_seconds: float
    messaging_tier: int | None


@dataclass(frozen=True)
class Clock:
    """How often overdue work is swept."""

    sweep_seconds: float


@dataclass(frozen=True)
class Settings:
    """The checked environment, in groups; times are in the unit that the name says."""

    web: Web
    stores: Stores
    twilio: Twilio
    sandbox: Sandbox
    logs: Logs
    defaults: Defaults
    operations: Operations
    jobs: Jobs
    offers: Offers
    outbox: Outbox
    clock: Clock
