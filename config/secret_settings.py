"""Secrets among the settings: which process needs which, and which values are refused.

A secret is read from its variable, or from the file that the variable with the ending `_FILE` names.
"""

from collections.abc import Callable
from typing import Any

from environs import EnvError, FileAwareEnv
from marshmallow import ValidationError

#: Secrets of every worker. A worker records an alarm only if it knows OPS_WEBHOOK_URL, where alarms are posted.
_WORKERS = frozenset({"MONGODB_URI", "REDIS_URL", "OPS_WEBHOOK_URL"})
_SENDING = _WORKERS | {"TWILIO_AUTH_TOKEN"}
#: Secrets that the API, the webhooks and the commands need.
_WEB = _SENDING | {"API_KEY", "SECRET_KEY"}
#: Name of a process, as in the Procfile -> the secrets that it needs. Any other secret is not read there.
NEEDED: dict[str, frozenset[str]] = {
    "web": _WEB,
    "core": _WORKERS | {"SECRET_KEY"},
    "clock": _WORKERS | {"SECRET_KEY"},
    "rounds": _WORKERS,
    "replies": _SENDING,
    "bulk": _SENDING,
    "lookups": _SENDING,
    "beat": frozenset({"REDIS_URL"}),
    "flower": frozenset({"REDIS_URL"}),
}
#: A secret of the sandbox -> the one that it replaces.
_IN_THE_SANDBOX = {"SANDBOX_AUTH_TOKEN": "TWILIO_AUTH_TOKEN"}
ALL_PROCESSES = ""
ALL_SECRETS = frozenset[str]().union(*NEEDED.values())
#: Values that examples of this project have or had.
EXAMPLE_SECRETS = frozenset({"change-me", "change-me-too", "change-me-as-well", "sandbox-token"})
SHORTEST = 16
#: A shorter list of different characters is no random value: sixteen random hex digits have about ten of them.
_FEWEST_CHARACTERS = 6


class Reader(FileAwareEnv):
    """Reads settings from the environment, and secrets also from files. `process` is the name of this process."""

    def __init__(self) -> None:
        super().__init__(strip_whitespace=True)
        self.process = ALL_PROCESSES

    def secret(self, name: str, default: Any = ..., validate: Callable[[str], Any] | None = None) -> str:
        """Return a secret. Return an empty string if this process does not need it. Raises EnvError."""
        if _IN_THE_SANDBOX.get(name, name) not in NEEDED.get(self.process, ALL_SECRETS):
            return ""
        try:
            return self.str(name, default, validate=validate or refuse_weak)
        except EnvError:
            raise
        except ValueError:
            raise invalid(f"{name}_FILE", "Must be the path of a readable file") from None


def refuse_weak(secret: str) -> None:
    """Refuse a secret that can be guessed. Raises ValidationError."""
    reasons = {
        "Must not be the example value": secret in EXAMPLE_SECRETS,
        "Must not contain blanks": any(map(str.isspace, secret)),
        f"Must have at least {SHORTEST} characters": len(secret) < SHORTEST,
        "Must not repeat itself": len(set(secret)) < _FEWEST_CHARACTERS or secret in (secret + secret)[1:-1],
    }
    for reason, applies in reasons.items():
        if applies:
            raise ValidationError(f"{reason}; `openssl rand -hex 32` makes a good one.")


def refuse_repeated(secrets: dict[str, str]) -> None:
    """Refuse a secret that two settings share. Raises EnvError."""
    names: dict[str, str] = {}
    for name, value in secrets.items():
        if value and (other := names.setdefault(value, name)) != name:
            raise invalid(name, f"Must differ from {other}")


def invalid(name: str, reason: str) -> EnvError:
    """Return an error with a text like those of environs."""
    return EnvError(f'Environment variable "{name}" invalid: {reason}')
