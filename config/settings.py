"""Every environment variable, typed and checked at start.

The first call of `settings()` reads the environment (and a `.env` in the working directory). A wrong or missing value
ends the process with one line that names the variable.
"""

import functools
import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from environs import EnvError
from marshmallow.validate import Length, OneOf, Range, Regexp

from config.secret_settings import ALL_PROCESSES, NEEDED, Reader, invalid, refuse_repeated
from config.setting_groups import (
    Clock,
    Defaults,
    Jobs,
    Logs,
    Offers,
    Operations,
    Outbox,
    Sandbox,
    Settings,
    Stores,
    Twilio,
    Web,
)

SANDBOX_ACCOUNT_SID = "AC" + "5a" * 16
_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
#: A language tag: "fr", "pt-BR", "zh_Hant_TW".
LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$"
#: A text of environs: the variable, and the reason if it is set.
_ENVIRONS_TEXT = re.compile(r"""Environment variable "(\w+)" (?:not set|invalid: (?:\[['"])?(.*?)(?:['"]\])?)""")


class SettingsError(SystemExit):
    """A setting is wrong. As a SystemExit it ends any entry point with one line."""


def load() -> Settings:
    """Return the settings, read from the environment and checked. Raises SettingsError with the variable's name."""
    env = Reader()
    env.read_env(".env", recurse=False)
    try:
        return _checked(env)
    except EnvError as error:
        raise SettingsError(f"Wrong setting: {_described(error)}") from None


def _described(error: EnvError) -> str:
    """Return the text of an error of environs, with the reason as a sentence."""
    found = _ENVIRONS_TEXT.fullmatch(str(error))
    if found is None:
        return str(error)
    name, reason = found.groups()
    return f"{name} is invalid: {reason.rstrip('.')}." if reason else f"{name} is not set."


@functools.cache
def settings() -> Settings:
    """Return this process's settings."""
    return load()


def _checked(env: Reader) -> Settings:
    env.process = env.str("PROCESS", ALL_PROCESSES, validate=OneOf([ALL_PROCESSES, *NEEDED]))
    twilio, sandbox = _twilio(env)
    found = Settings(
        web=_web(env),
        stores=Stores(
            mongodb_uri=env.secret("MONGODB_URI", validate=_NOT_EMPTY),
            mongodb_db_name=env.str("MONGODB_DB_NAME", "dispatch", validate=Length(min=1, max=38)),
            redis_url=env.secret("REDIS_URL", validate=_NOT_EMPTY),
        ),
        twilio=twilio,
        sandbox=sandbox,
        logs=Logs(
            level=env.str("LOG_LEVEL", "INFO", validate=OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])),
            format=env.str("LOG_FORMAT", "json", validate=OneOf(["json", "console"])),
        ),
        defaults=_defaults(env),
        operations=Operations(
            data_dir=Path(env.str("DATA_DIR", ".data")),
            flower_port=env.int("FLOWER_PORT", 5555, validate=_PORT),
            webhook_url=env.secret("OPS_WEBHOOK_URL", "", validate=_ANY) or None,
        ),
        jobs=Jobs(
            reminder_lead_minutes=env.int("REMINDER_LEAD_MINUTES", 30, validate=Range(1, 1440)),
            confirm_nudge_minutes=env.int("CONFIRM_NUDGE_MINUTES", 30, validate=Range(1, 1440)),
            inspection_minutes=env.int("INSPECTION_MINUTES", 60, validate=Range(1, 1440)),
            not_taken_minutes=env.int("NOT_TAKEN_MINUTES", 180, validate=Range(1, 10_080)),
        ),
        offers=Offers(
            continuity_hold_minutes=env.int("CONTINUITY_HOLD_MINUTES", 5, validate=Range(1, 1440)),
            settle_after_ms=env.int("SETTLE_AFTER_MS", 250, validate=Range(0, 10_000)),
        ),
        outbox=_outbox(env),
        clock=Clock(sweep_seconds=env.float("SWEEP_SECONDS", 5.0, validate=Range(0.1, 60))),
    )
    _refuse_shared_secrets(found)
    _refuse_other_urls(found)
    _refuse_unsafe_addresses(found)
    return found


_PORT = Range(1, 65535)
_NOT_EMPTY, _ANY = Length(min=1), Length(min=0)
_NO_LANGUAGE = "Must be a language such as en, fr or pt-BR"
_NO_REGION = "Must be a two-letter country code such as NG"


def _web(env: Reader) -> Web:
    port = env.int("PORT", 8000, validate=_PORT)
    return Web(
        host=env.str("HOST", "127.0.0.1"),
        port=port,
        public_base_url=env.str("PUBLIC_BASE_URL", "").rstrip("/") or f"http://127.0.0.1:{port}",
        api_key=env.secret("API_KEY"),
        secret_key=env.secret("SECRET_KEY"),
    )


def _twilio(env: Reader) -> tuple[Twilio, Sandbox]:
    account_sid = env.str("TWILIO_ACCOUNT_SID", "").strip()
    sandbox = Sandbox(
        on=env.str("SANDBOX", "", validate=OneOf(["", "0", "1"])) == "1",
        port=env.int("SANDBOX_PORT", 8100, validate=_PORT),
    )
    if sandbox.on and account_sid:
        raise invalid("SANDBOX", "Must not be 1 with a TWILIO_ACCOUNT_SID")
    if not sandbox.on and not _ACCOUNT_SID.fullmatch(account_sid):
        raise invalid("TWILIO_ACCOUNT_SID", "Must be AC and 32 hex digits; `make run` needs none")
    twilio = Twilio(
        account_sid=account_sid or SANDBOX_ACCOUNT_SID,
        auth_token=env.secret("SANDBOX_AUTH_TOKEN") if sandbox.on else env.secret("TWILIO_AUTH_TOKEN"),
        whatsapp_numbers=_numbers(env),
        api_base_url=f"http://127.0.0.1:{sandbox.port}"
        if sandbox.on
        else env.str("TWILIO_API_BASE_URL", "").rstrip("/") or None,
    )
    return twilio, sandbox


def _outbox(env: Reader) -> Outbox:
    return Outbox(
        send_rate_per_second=env.int("SEND_RATE_PER_SECOND", 80, validate=Range(1, 1000)),
        unknown_lookup_seconds=env.int("UNKNOWN_LOOKUP_SECONDS", 20, validate=Range(1, 60)),
        person_interval_seconds=env.float("PERSON_INTERVAL_SECONDS", 6.0, validate=Range(0, 60)),
        messaging_tier=env.int("MESSAGING_TIER", 0, validate=Range(0, 10**7)) or None,
    )


def _defaults(env: Reader) -> Defaults:
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    return Defaults(
        timezone=_timezone(env),
        region=env.str("DEFAULT_REGION", "NG", validate=OneOf(regions, error=_NO_REGION)),
        language=env.str("DEFAULT_LANGUAGE", "en", validate=Regexp(LANGUAGE, error=_NO_LANGUAGE)),
    )


def _numbers(env: Reader) -> tuple[str, ...]:
    """Return the senders. The first one is the default."""
    given = env.str("TWILIO_WHATSAPP_NUMBER", "+14155238886").split(",")
    numbers = tuple(dict.fromkeys(each.strip().removeprefix("whatsapp:") for each in given))
    if not all(map(_is_number, numbers)):
        raise invalid("TWILIO_WHATSAPP_NUMBER", "Must be one or more numbers such as +14155238886")
    return numbers


def _is_number(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def _timezone(env: Reader) -> str:
    name = env.str("DEFAULT_TIMEZONE", "Africa/Lagos")
    if name not in available_timezones():
        raise invalid("DEFAULT_TIMEZONE", "Must be an IANA time zone such as Africa/Lagos")
    return ZoneInfo(name).key


def _refuse_shared_secrets(found: Settings) -> None:
    token = "SANDBOX_AUTH_TOKEN" if found.sandbox.on else "TWILIO_AUTH_TOKEN"
    web = {"API_KEY": found.web.api_key, "SECRET_KEY": found.web.secret_key}
    refuse_repeated({**web, token: found.twilio.auth_token})


def _refuse_other_urls(found: Settings) -> None:
    urls = {
        "PUBLIC_BASE_URL": found.web.public_base_url,
        "TWILIO_API_BASE_URL": found.twilio.api_base_url,
        "OPS_WEBHOOK_URL": found.operations.webhook_url,
    }
    for name, url in urls.items():
        if url and not _is_url(url):
            raise invalid(name, "Must be an http(s) URL")


def _refuse_unsafe_addresses(found: Settings) -> None:
    """Refuse a sandbox that other machines can reach, and a real desk without TLS. Raises EnvError."""
    if found.sandbox.on and not _is_loopback(found.web.host):
        raise invalid("HOST", "Must be 127.0.0.1, ::1 or localhost in the sandbox, whose pages write as any person")
    if not found.sandbox.on and urlsplit(found.web.public_base_url).scheme != "https":
        raise invalid("PUBLIC_BASE_URL", "Must begin with https:// outside of the sandbox")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is not a number, or too large
        return False
