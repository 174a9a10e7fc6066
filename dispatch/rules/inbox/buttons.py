"""Buttons: the payload behind a button that we send, and the meaning of a tap. A button's title is not read."""

from dataclasses import dataclass

from dispatch.rules import numbers
from dispatch.rules.inbox.words import Word

#: Words of buttons. A payload is the word, a colon, and what the button is about: "yes:job.round.plan.offer".
BUTTONS = {word.value: word for word in (Word.YES, Word.NO, Word.CONFIRM, Word.BEGIN, Word.COMPLETE, Word.RELEASE)}


@dataclass(frozen=True)
class Tapped:
    """A tap: the word, the job, and the number of the job's plan that the button was about, if the payload has one."""

    word: Word
    job: str
    plan: int | None = None


def about(job: str, round_: int, plan: int, offer: str | None) -> str:
    """Return the part of a payload after the word."""
    return ".".join(filter(None, (job, str(round_), str(plan), offer)))


def read(payload: str | None) -> Tapped | None:
    """Return the meaning of a payload. Return None if it is not a payload of ours."""
    verb, _, rest = (payload or "").partition(":")
    job, *parts = rest.split(".")
    if verb not in BUTTONS or not job:
        return None
    return Tapped(BUTTONS[verb], job, numbers.read(parts[1]) if len(parts) > 1 else None)


def offer_in(payload: str | None) -> str | None:
    """Return the id of the offer that a payload of ours is about. Return None if it names none."""
    _, *parts = (payload or "").split(".")
    return parts[2] if read(payload) and len(parts) > 2 else None
