"""Every environment variable, typed and checked once at start.

`settings()` reads the environment (and a `.env` in the working directory) on the first call;
a wrong or missing value ends the process with one line that names it.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from environs import Env, EnvError
from marshmallow.validate import Length, OneOf, Range, Regexp

SANDBOX_ACCOUNT_SID = "AC" + "5a" * 16
#: A language as platforms name it: "fr", "pt-BR", "zh_Hant_TW".
LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$"
EXAMPLE_SECRETS = frozenset({"change-me", "change-me-too", "change-me-as-well"})


class SettingsError(SystemExit):
    """A setting is wrong: as a SystemExit it ends any entry point with one clear line."""


@dataclass(frozen=True)
class Settings:
    """The checked environment; times are in the unit that the name says."""

    host: str
    port: int
    public_base_url: str
    mongodb_uri: str
    mongodb_db_name: str
    redis_url: str
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_whatsapp_numbers: tuple[str, ...]
    twilio_api_base_url: str | None
    sandbox: bool
    sandbox_port: int
    api_key: str
    secret_key: str
    log_level: str
    log_format: str
    default_timezone: str
    default_region: str
    default_language: str
    data_dir: Path
    flower_port: int
    ops_webhook_url: str | None
    reminder_lead_minutes: int
    continuity_hold_minutes: int
    confirm_nudge_minutes: int
    inspection_minutes: int
    settle_after_ms: int
    send_rate_per_second: int
    sweep_seconds: float
    unknown_lookup_seconds: int
    person_interval_seconds: float
    messaging_tier: int | None

    @property
    def twilio_whatsapp_number(self) -> str:
        """The first sender."""
        return self.twilio_whatsapp_numbers[0]


def load() -> Settings:
    """Read and check the environment; raise SettingsError naming the variable that is wrong."""
    env = Env()
    env.read_env(".env", recurse=False)
    try:
        return _checked(env)
    except EnvError as error:
        raise SettingsError(f"Wrong setting: {error}") from None


@functools.cache
def settings() -> Settings:
    """Return this process's settings."""
    return load()


def _checked(env: Env) -> Settings:
    port = env.int("PORT", 8000, validate=_PORT)
    account_sid = env.str("TWILIO_ACCOUNT_SID", "").strip()
    sandbox = not account_sid
    sandbox_port = env.int("SANDBOX_PORT", 8100, validate=_PORT)
    found = Settings(
        host=env.str("HOST", "127.0.0.1"),
        port=port,
        public_base_url=env.str("PUBLIC_BASE_URL", "").rstrip("/") or f"http://127.0.0.1:{port}",
        mongodb_uri=env.str("MONGODB_URI", validate=Length(min=1)),
        mongodb_db_name=env.str("MONGODB_DB_NAME", "dispatch", validate=Length(min=1, max=38)),
        redis_url=env.str("REDIS_URL", validate=Length(min=1)),
        twilio_account_sid=account_sid or SANDBOX_ACCOUNT_SID,
        twilio_auth_token=_auth_token(env, sandbox),
        twilio_whatsapp_numbers=_numbers(env),
        twilio_api_base_url=(
            f"http://127.0.0.1:{sandbox_port}" if sandbox else env.str("TWILIO_API_BASE_URL", "").rstrip("/") or None
        ),
        sandbox=sandbox,
        sandbox_port=sandbox_port,
        api_key=env.str("API_KEY", validate=Length(min=8)),
        secret_key=env.str("SECRET_KEY", validate=Length(min=8)),
        log_level=env.str("LOG_LEVEL", "INFO", validate=OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])),
        log_format=env.str("LOG_FORMAT", "json", validate=OneOf(["json", "console"])),
        default_timezone=_timezone(env),
        default_region=env.str(
            "DEFAULT_REGION", "NG", validate=OneOf(sorted(phonenumbers.SUPPORTED_REGIONS), error=_NO_REGION)
        ),
        default_language=env.str("DEFAULT_LANGUAGE", "en", validate=Regexp(LANGUAGE, error=_NO_LANGUAGE)),
        data_dir=Path(env.str("DATA_DIR", ".data")),
        flower_port=env.int("FLOWER_PORT", 5555, validate=_PORT),
        ops_webhook_url=env.str("OPS_WEBHOOK_URL", "") or None,
        **_times(env),
    )
    _refuse_examples(found)
    return found


_PORT = Range(1, 65535)
_NO_LANGUAGE = "give it as en, fr or pt-BR"
_NO_REGION = "not a two-letter country code that phone numbers are known for"


def _times(env: Env) -> dict[str, Any]:
    """How long things take, and how many go at a time."""
    return {
        "reminder_lead_minutes": env.int("REMINDER_LEAD_MINUTES", 30, validate=Range(1, 1440)),
        "continuity_hold_minutes": env.int("CONTINUITY_HOLD_MINUTES", 5, validate=Range(1, 1440)),
        "confirm_nudge_minutes": env.int("CONFIRM_NUDGE_MINUTES", 30, validate=Range(1, 1440)),
        "inspection_minutes": env.int("INSPECTION_MINUTES", 60, validate=Range(1, 1440)),
        "settle_after_ms": env.int("SETTLE_AFTER_MS", 250, validate=Range(0, 10_000)),
        "send_rate_per_second": env.int("SEND_RATE_PER_SECOND", 80, validate=Range(1, 1000)),
        "sweep_seconds": env.float("SWEEP_SECONDS", 5.0, validate=Range(0.1, 60)),
        "unknown_lookup_seconds": env.int("UNKNOWN_LOOKUP_SECONDS", 20, validate=Range(1, 60)),
        "person_interval_seconds": env.float("PERSON_INTERVAL_SECONDS", 6.0, validate=Range(0, 60)),
        "messaging_tier": env.int("MESSAGING_TIER", 0, validate=Range(0, 10**7)) or None,
    }


def _auth_token(env: Env, sandbox: bool) -> str:
    if sandbox:
        return env.str("SANDBOX_AUTH_TOKEN", "sandbox-token", validate=Length(min=8))
    return env.str("TWILIO_AUTH_TOKEN", validate=Length(min=8))


def _numbers(env: Env) -> tuple[str, ...]:
    """The senders, the first of which is the one where nothing else is said."""
    given = env.str("TWILIO_WHATSAPP_NUMBER", "+14155238886").split(",")
    numbers = tuple(dict.fromkeys(each.strip().removeprefix("whatsapp:") for each in given))
    if not all(map(_is_number, numbers)):
        raise EnvError(
            'Environment variable "TWILIO_WHATSAPP_NUMBER" invalid: give it as +14155238886, or more with commas'
        )
    return numbers


def _is_number(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def _timezone(env: Env) -> str:
    name = env.str("DEFAULT_TIMEZONE", "Africa/Lagos")
    if name not in available_timezones():
        raise EnvError('Environment variable "DEFAULT_TIMEZONE" invalid: not an IANA time zone')
    return ZoneInfo(name).key


def _refuse_examples(found: Settings) -> None:
    """An example secret is good enough for the sandbox only."""
    for name in ("api_key", "secret_key", "twilio_auth_token"):
        if not found.sandbox and getattr(found, name) in EXAMPLE_SECRETS:
            raise EnvError(f'Environment variable "{name.upper()}" invalid: still at its example value')
    for name in ("public_base_url", "twilio_api_base_url", "ops_webhook_url"):
        url = getattr(found, name)
        if url and not _is_url(url):
            raise EnvError(f'Environment variable "{name.upper()}" invalid: not an http(s) URL')


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        return False
