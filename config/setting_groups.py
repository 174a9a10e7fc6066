"""The groups of settings, and the meaning of their values."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Web:
    """The API's address and secrets. `public_base_url` is the address that Twilio and platforms use."""

    host: str
    port: int
    public_base_url: str
    api_key: str
    secret_key: str


@dataclass(frozen=True)
class Stores:
    """The addresses of MongoDB and Redis."""

    mongodb_uri: str
    mongodb_db_name: str
    redis_url: str


@dataclass(frozen=True)
class Twilio:
    """The Twilio account and its senders. Without an account, those of the sandbox."""

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
    """The pretend Twilio. It is `on` only by the switch SANDBOX, which `make run` sets."""

    on: bool
    port: int


@dataclass(frozen=True)
class Logs:
    """The level and the format of logs."""

    level: str
    format: str


@dataclass(frozen=True)
class Defaults:
    """Time zone, country and language for jobs and people without their own."""

    timezone: str
    region: str
    language: str


@dataclass(frozen=True)
class Operations:
    """The address for alarms, the directory for data, and the port of Flower."""

    data_dir: Path
    flower_port: int
    webhook_url: str | None


@dataclass(frozen=True)
class Jobs:
    """The length of a visit, the times of its reminders, and when operations learn that no agent has taken it."""

    reminder_lead_minutes: int
    confirm_nudge_minutes: int
    inspection_minutes: int
    not_taken_minutes: int


@dataclass(frozen=True)
class Offers:
    """How long a job is held for one agent, and the delay before a YES is decided."""

    continuity_hold_minutes: int
    settle_after_ms: int


@dataclass(frozen=True)
class Outbox:
    """The pace of messages, and the delay before a look-up at Twilio. `messaging_tier` None: no limit."""

    send_rate_per_second: int
    unknown_lookup_seconds: int
    person_interval_seconds: float
    messaging_tier: int | None


@dataclass(frozen=True)
class Clock:
    """The interval of sweeps."""

    sweep_seconds: float


@dataclass(frozen=True)
class Settings:
    """The checked environment, in groups. The name of a time says its unit."""

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
