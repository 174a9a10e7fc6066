"""Who is served, and what is noted of each attempt to send and of each thing that a person says."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass
class Account:
    """Who the pretend Twilio believes to be serving; `number` is the first sender's, `numbers` the others'."""

    sid: str
    token: str
    number: str
    inbound_url: str | None = None
    numbers: tuple[str, ...] = ()

    @property
    def senders(self) -> tuple[str, ...]:
        """The senders' addresses as on the wire, the first one first."""
        return tuple(f"whatsapp:{number}" for number in (self.number, *self.numbers))


@dataclass
class Attempt:
    """A POST to Messages that arrived, whatever became of it; `outcome` is "accepted", a code or a fault's name."""

    at: datetime
    to: str
    body: str
    parameters: dict[str, str]
    outcome: str = "arrived"

    @property
    def phone(self) -> str:
        """The number that it was meant for."""
        return self.to.removeprefix("whatsapp:")


class Said(NamedTuple):
    """What became of an inbound message: the webhook's HTTP status (None: nobody answered) after so long, the SID."""

    status: int | None
    sid: str
    seconds: float = 0.0
