"""The words that agents can send, and the shape of a language: the phrases by which people say them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """The meaning of a text, in whichever language it was written."""

    YES = "yes"
    NO = "no"
    CONFIRM = "confirm"
    BEGIN = "begin"
    START = "start"  # begin a visit, or receive offers again: the jobs of the agent decide
    COMPLETE = "complete"
    RELEASE = "release"
    HELP = "help"
    STOP = "stop"
    QUIT = "quit"  # as a whole message: STOP of a client; an agent may mean a job, and is asked back
    RESUME = "resume"
    PAUSE = "pause"  # no offers for a while; read by pause_texts.py
    WEAK = "weak"  # "ok": an answer only to a question just asked
    UNKNOWN = "unknown"


#: The parts of a text that asks for a pause. "2 hour" is a length in one phrase, such as Arabic's dual. "h" is a length
#: and a time of day ("2 heures"), "hour" a length only ("until 2 hours" is neither).
PAUSE_PARTS = frozenset(
    {
        *("pause", "for", "until", "at", "am", "pm", "half", "2", "3"),
        *("minute", "hour", "h", "day", "week"),
        *("2 minute", "30 minute", "1 hour", "2 hour", "1 day", "2 day", "1 week", "2 week"),
        *("today", "tomorrow", "day_after_tomorrow"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    }
)


@dataclass(frozen=True)
class Language:
    """The phrases of one language, separated by commas, without accents and apostrophes (as `words.fold` leaves them).

    `words`: the phrases for each word. `pauses`: the phrases for each of PAUSE_PARTS. `courtesies` ("please") change
    the meaning of no text. `fillers` ("this inspection") change no answer, but a text that contains one is no pause.
    """

    words: Mapping[Word, str]
    courtesies: str
    fillers: str
    pauses: Mapping[str, str]
