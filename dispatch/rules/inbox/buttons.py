"""Buttons: what is behind one that we send, and what a tap on it says; its title is only what the person reads."""

from dataclasses import dataclass

from dispatch.rules.inbox.words import Word

#: What a button can say; behind it stands "yes:" and what it is about.
BUTTONS = {word.value: word for word in (Word.YES, Word.NO, Word.CONFIRM, Word.BEGIN, Word.COMPLETE, Word.RELEASE)}


@dataclass(frozen=True)
class Tapped:
    """What a tap says: the word, the job, and which of the job's times and places the button was about, if it tells."""

    word: Word
    job: str
    plan: int | None = None


def about(job: str, round_: int, plan: int, offer: str | None) -> str:
    """Return what a button is about, as it stands behind its word."""
    return ".".join(filter(None, (job, str(round_), str(plan), offer)))


def read(payload: str | None) -> Tapped | None:
    """Read what stands behind a button that was tapped; None when it is none of ours."""
    verb, _, rest = (payload or "").partition(":")
    job, *numbers = rest.split(".")
    if verb not in BUTTONS or not job:
        return None
    plan = numbers[1] if len(numbers) > 1 and numbers[1].isdecimal() else None
    return Tapped(BUTTONS[verb], job, int(plan) if plan else None)
