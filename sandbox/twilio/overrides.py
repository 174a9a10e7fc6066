"""Connection overrides: the part after # in a webhook's URL sets Twilio's timeouts and retries."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.twilio import facts
from sandbox.twilio.numbers import is_number


@dataclass(frozen=True)
class Overrides:
    """Milliseconds to connect (ct), to read (rt) and in total (tt); number (rc) and causes (rp) of retries."""

    ct: int = facts.WEBHOOK_DEFAULTS["ct"]
    rt: int = facts.WEBHOOK_DEFAULTS["rt"]
    tt: int = facts.WEBHOOK_DEFAULTS["tt"]
    rc: int = facts.WEBHOOK_DEFAULTS["rc"]
    rp: frozenset[str] = facts.WEBHOOK_RETRIES

    def retries_after(self, status: int | None, reached: bool) -> bool:
        """Return whether a call is retried after this status. None: no answer, or (not `reached`) no connection."""
        if status is None:
            return bool(self.rp & {"all", "rt" if reached else "ct"})
        return (status >= 500 and bool(self.rp & {"all", "5xx"})) or (
            400 <= status < 500 and bool(self.rp & {"all", "4xx"})
        )


def read(url: str) -> Overrides:
    """Return a URL's overrides. Unknown names and values out of bounds are ignored."""
    given = dict(parse_qsl(url.partition("#")[2]))
    numbers = {
        name: int(text)
        for name, (least, most) in facts.WEBHOOK_BOUNDS.items()
        if is_number(text := given.get(name, "")) and least <= int(text) <= most
    }
    causes = frozenset(given["rp"].split(",")) if "rp" in given else facts.WEBHOOK_RETRIES
    return Overrides(**numbers, rp=causes if causes <= facts.WEBHOOK_CAUSES else facts.WEBHOOK_RETRIES)
