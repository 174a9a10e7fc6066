"""The account, and the records of send attempts and of inbound messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass
class Account:
    """The account that the pretend Twilio serves. `number` is the first sender, `numbers` are the other ones."""

    sid: str
    token: str
    number: str
    inbound_url: str | None = None
    numbers: tuple[str, ...] = ()

    @property
    def senders(self) -> tuple[str, ...]:
        """The senders' addresses, "whatsapp:+1415…", the first sender first."""
        return tuple(f"whatsapp:{number}" for number in (self.number, *self.numbers))


@dataclass
class Attempt:
    """A POST to Messages that arrived. `outcome` is "accepted", an error code, or the name of a fault."""

    at: datetime
    to: str
    body: str
    parameters: dict[str, str]
    outcome: str = "arrived"

    @property
    def phone(self) -> str:
        """The recipient's number."""
        return self.to.removeprefix("whatsapp:")


class Said(NamedTuple):
    """The result of an inbound message: the webhook's HTTP status (None: no answer), its SID, the seconds it took."""

    status: int | None
    sid: str
    seconds: float = 0.0
