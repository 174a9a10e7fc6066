"""Connection overrides: what stands behind # in a webhook's URL tells Twilio how to call it, and how often again."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.twilio import facts


@dataclass(frozen=True)
class Overrides:
    """How a webhook is called: milliseconds to connect, to read and in all; how often again, and after what."""

    ct: int = facts.WEBHOOK_DEFAULTS["ct"]
    rt: int = facts.WEBHOOK_DEFAULTS["rt"]
    tt: int = facts.WEBHOOK_DEFAULTS["tt"]
    rc: int = facts.WEBHOOK_DEFAULTS["rc"]
    rp: frozenset[str] = facts.WEBHOOK_RETRIES

    def asks_again(self, status: int | None, reached: bool) -> bool:
        """Tell whether a call with this answer is repeated; None: there was no answer, or no connection."""
        if status is None:
            return bool(self.rp & {"all", "rt" if reached else "ct"})
        return (status >= 500 and bool(self.rp & {"all", "5xx"})) or (
            400 <= status < 500 and bool(self.rp & {"all", "4xx"})
        )


def read(url: str) -> Overrides:
    """Read a URL's overrides; what is no override, or out of its bounds, leaves the default."""
    given = dict(parse_qsl(url.partition("#")[2]))
    numbers = {
        name: int(text)
        for name, (least, most) in facts.WEBHOOK_BOUNDS.items()
        if (text := given.get(name, "")).isdecimal() and least <= int(text) <= most
    }
    causes = frozenset(given["rp"].split(",")) if "rp" in given else facts.WEBHOOK_RETRIES
    return Overrides(**numbers, rp=causes if causes <= facts.WEBHOOK_CAUSES else facts.WEBHOOK_RETRIES)
