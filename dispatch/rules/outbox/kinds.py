"""The table of message kinds: one row a kind says everything about it but its texts, which are in the wording.

To add a kind, add one row here and one text a language in `dispatch/wording`. Code names a kind by its constant; a
message stores the row's `name`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from dispatch.rules.jobs.states import AGREED, OWNED, JobState
from dispatch.rules.outbox.states import Lane


class To(StrEnum):
    """The people that a message can be for."""

    AGENT = "agent"
    CLIENT = "client"
    STRANGER = "stranger"
    ANYONE = "anyone"


class Category(StrEnum):
    """Meta's categories of templates."""

    UTILITY = "UTILITY"
    MARKETING = "MARKETING"


class Owner(StrEnum):
    """The agents for whom a message of a kind is true, compared with the agent who has the job when it is sent."""

    IS_RECIPIENT = "is_recipient"  # it names client or visit to the job's agent, or the job's agent to the client
    IS_ANOTHER = "is_another"  # it is untrue for the agent who has the job
    ANY = "any"


Word = Literal["yes", "no", "confirm", "begin", "complete", "release"]


@dataclass(frozen=True)
class Kind:
    """One kind of message.

    - `category`: the kind has a template of this category, so it can be sent when WhatsApp's 24 hours since a person's
      last message are over. Replies to a person who has just written need none.
    - `lane`: the lane of its messages; an answer to a person goes on the lane of replies, whatever its kind.
    - `buttons`: the words that can be tapped instead of written, three at most.
    - `asks`: the word that a weak answer such as "ok" stands for.
    - `holds_in`: the states of the job in which a message may still be sent, and only while it names the plan that the
      job has now. None: the message holds whatever happens to the job.
    - `owner`: the agents for whom it is true.
    - `until_start`: it is withdrawn once the visit should have begun.
    - `is_reminder`: operations learn of a message that is withdrawn because the visit should have begun.
    - `passes_opt_out`: it is sent to a person who has opted out.
    - `in_quiet_hours`: it may be sent at night; news that can wait may not. Nothing is held back for quiet hours yet.
    - `once_a_day`: a number is sent one message of these kinds in a day.
    - `explains`: the standing (`JobStanding`) of a job that it explains to an agent who asks.
    - `shows_how_to_stop`: the row is a wording for a client's first message: the kind's own text, and how to stop.
    - `wording_of`: the row is another wording of that kind. Its messages have that kind, so only `to`, `category` and
      `buttons` count here.
    """

    name: str
    to: To
    category: Category | None = None
    lane: Lane = Lane.REPLIES
    buttons: tuple[Word, ...] = ()
    asks: Word | None = None
    holds_in: frozenset[JobState] | None = None
    owner: Owner = Owner.ANY
    until_start: bool = False
    is_reminder: bool = False
    passes_opt_out: bool = False
    in_quiet_hours: bool = True
    once_a_day: bool = False
    explains: str | None = None
    shows_how_to_stop: bool = False
    wording_of: str | None = None

    @property
    def needs_job(self) -> bool:
        """Whether a message of this kind is withdrawn when its job does not exist any more."""
        return self.holds_in is not None


_AGENT, _CLIENT = To.AGENT, To.CLIENT
_UTILITY = Category.UTILITY
_OFFER_BUTTONS: tuple[Word, ...] = ("yes", "no")
_CONFIRM_BUTTONS: tuple[Word, ...] = ("confirm", "release")
_VISIT_BUTTONS: tuple[Word, ...] = ("begin", "complete")
_END_BUTTONS: tuple[Word, ...] = ("complete",)
_PENDING = frozenset({JobState.PENDING})
_ASSIGNED = frozenset({JobState.ASSIGNED})
_APPROVED = frozenset({JobState.APPROVED})
_IN_PROGRESS = frozenset({JobState.IN_PROGRESS})
_COMPLETED = frozenset({JobState.COMPLETED})
_NOT_BEGUN = frozenset({JobState.ASSIGNED, JobState.APPROVED})
_AGREED = frozenset(AGREED)
_OWNED = frozenset(OWNED)
_ALIVE = frozenset({JobState.PENDING, *OWNED})


def _wording(name: str, of: Kind, **other: Any) -> Kind:
    """Return the row of another wording of a kind."""
    return replace(of, name=name, wording_of=of.name, explains=None, **other)


def _first(of: Kind) -> Kind:
    """Return the row of a kind, or of another wording of it, in a client's first message."""
    name, kind = f"{of.name}_first", of.wording_of or of.name
    return replace(of, name=name, wording_of=kind, explains=None, shows_how_to_stop=True)


# Offers, to agents. Nothing in them is about the client.
OFFER = Kind(
    "offer",
    _AGENT,
    _UTILITY,
    Lane.BULK,
    _OFFER_BUTTONS,
    "yes",
    _PENDING,
    Owner.IS_ANOTHER,
    until_start=True,
    in_quiet_hours=False,
)
OFFER_HELD = _wording("offer_held", OFFER)
OFFER_MOVED = _wording("offer_moved", OFFER)
OFFER_AGAIN = _wording("offer_again", OFFER)

# The end of an offer, to agents who did not get the job.
TAKEN = Kind("taken", _AGENT, _UTILITY, Lane.BULK, owner=Owner.IS_ANOTHER, in_quiet_hours=False, explains="taken")
TAKEN_AT = _wording("taken_at", TAKEN, category=None)
GONE = Kind("gone", _AGENT, _UTILITY, explains="gone")
GONE_CANCELLED = _wording("gone_cancelled", GONE, category=None)
GONE_EXPIRED = _wording("gone_expired", GONE, category=None)
WITHDRAWN = Kind("withdrawn", _AGENT, _UTILITY, Lane.BULK, in_quiet_hours=False)

# The visit, to the agent who has the job.
ASSIGNED = Kind(
    "assigned",
    _AGENT,
    _UTILITY,
    buttons=_CONFIRM_BUTTONS,
    asks="confirm",
    holds_in=_NOT_BEGUN,
    owner=Owner.IS_RECIPIENT,
)
MOVED_AGENT = replace(ASSIGNED, name="moved_agent")
NUDGE = replace(ASSIGNED, name="nudge", holds_in=_ASSIGNED, until_start=True, in_quiet_hours=False)
DETAILS_CHANGED = Kind("details_changed", _AGENT, _UTILITY, holds_in=_OWNED, owner=Owner.IS_RECIPIENT)
APPROVED = Kind("approved", _AGENT, _UTILITY, holds_in=_OWNED, owner=Owner.IS_RECIPIENT)
APPROVED_SOON = _wording("approved_soon", APPROVED, buttons=_VISIT_BUTTONS)
REMINDER_AGENT = Kind(
    "reminder_agent",
    _AGENT,
    _UTILITY,
    buttons=_VISIT_BUTTONS,
    holds_in=_APPROVED,
    owner=Owner.IS_RECIPIENT,
    until_start=True,
    is_reminder=True,
)
REMINDER_AGENT_LATE = _wording("reminder_agent_late", REMINDER_AGENT)
BEGAN = Kind("began", _AGENT, _UTILITY, buttons=_END_BUTTONS, holds_in=_IN_PROGRESS, owner=Owner.IS_RECIPIENT)
ASK_COMPLETED = Kind(
    "ask_completed", _AGENT, _UTILITY, buttons=_END_BUTTONS, asks="complete", holds_in=_AGREED, owner=Owner.IS_RECIPIENT
)
COMPLETED_AGENT = Kind("completed_agent", _AGENT, _UTILITY, holds_in=_COMPLETED, owner=Owner.IS_RECIPIENT)
REOPENED_AGENT = Kind(
    "reopened_agent", _AGENT, _UTILITY, buttons=_VISIT_BUTTONS, holds_in=_AGREED, owner=Owner.IS_RECIPIENT
)
REOPENED_AGENT_BEGUN = _wording("reopened_agent_begun", REOPENED_AGENT, buttons=_END_BUTTONS)
CANCELLED_AGENT = Kind("cancelled_agent", _AGENT, _UTILITY)
RELEASED = Kind("released", _AGENT, _UTILITY, explains="released")

# Answers to agents.
CLAIM_NOTED = Kind("claim_noted", _AGENT, holds_in=_PENDING, owner=Owner.IS_ANOTHER, explains="claimed")
DECLINED = Kind("declined", _AGENT, owner=Owner.IS_ANOTHER)
EXPLAIN_OFFERED = Kind(
    "explain_offered",
    _AGENT,
    buttons=_OFFER_BUTTONS,
    asks="yes",
    holds_in=_PENDING,
    owner=Owner.IS_ANOTHER,
    until_start=True,
    explains="offered",
)
EXPLAIN_DECLINED = Kind("explain_declined", _AGENT, owner=Owner.IS_ANOTHER, explains="passed")
EXPLAIN_DECLINED_OPEN = Kind(
    "explain_declined_open", _AGENT, holds_in=_PENDING, owner=Owner.IS_ANOTHER, until_start=True, explains="declined"
)
EXPLAIN_MOVED = Kind(
    "explain_moved", _AGENT, holds_in=_ALIVE, owner=Owner.IS_ANOTHER, until_start=True, explains="moved"
)
EXPLAIN_ASSIGNED = Kind(
    "explain_assigned",
    _AGENT,
    buttons=_CONFIRM_BUTTONS,
    asks="confirm",
    holds_in=_ASSIGNED,
    owner=Owner.IS_RECIPIENT,
    explains="assigned",
)
EXPLAIN_APPROVED = Kind(
    "explain_approved",
    _AGENT,
    buttons=_VISIT_BUTTONS,
    holds_in=_APPROVED,
    owner=Owner.IS_RECIPIENT,
    explains="approved",
)
EXPLAIN_IN_PROGRESS = Kind(
    "explain_in_progress",
    _AGENT,
    buttons=_END_BUTTONS,
    holds_in=_IN_PROGRESS,
    owner=Owner.IS_RECIPIENT,
    explains="in_progress",
)
EXPLAIN_COMPLETED = Kind("explain_completed", _AGENT, explains="completed")
TOO_EARLY = Kind("too_early", _AGENT, holds_in=_APPROVED, owner=Owner.IS_RECIPIENT)
ASK_BACK = Kind("ask_back", _AGENT)
ASK_BACK_NONE = Kind("ask_back_none", _AGENT)
HELP_AGENT = Kind("help_agent", _AGENT)
PAUSED = Kind("paused", _AGENT)
OPTED_OUT = Kind("opted_out", To.ANYONE, passes_opt_out=True)
OPTED_OUT_OWNER = _wording("opted_out_owner", OPTED_OUT, passes_opt_out=False)
RESUMED = Kind("resumed", _AGENT, passes_opt_out=True)

# To clients and strangers. Only a client learns who comes.
APPROVED_CLIENT = Kind("approved_client", _CLIENT, _UTILITY, holds_in=_OWNED, owner=Owner.IS_RECIPIENT)
APPROVED_CLIENT_FIRST = _first(APPROVED_CLIENT)
APPROVED_CLIENT_SOON = _wording("approved_client_soon", APPROVED_CLIENT)
APPROVED_CLIENT_SOON_FIRST = _first(APPROVED_CLIENT_SOON)
REMINDER_CLIENT = Kind(
    "reminder_client",
    _CLIENT,
    _UTILITY,
    holds_in=_APPROVED,
    owner=Owner.IS_RECIPIENT,
    until_start=True,
    is_reminder=True,
)
REMINDER_CLIENT_LATE = _wording("reminder_client_late", REMINDER_CLIENT)
MOVED_CLIENT = Kind("moved_client", _CLIENT, _UTILITY, holds_in=_NOT_BEGUN, owner=Owner.IS_RECIPIENT)
MOVED_CLIENT_FIRST = _first(MOVED_CLIENT)
AGENT_NUMBER = Kind("agent_number", _CLIENT, _UTILITY, holds_in=_AGREED, owner=Owner.IS_RECIPIENT)
CANCELLED_CLIENT = Kind("cancelled_client", _CLIENT, _UTILITY)
CANCELLED_CLIENT_FIRST = _first(CANCELLED_CLIENT)
COMPLETED_CLIENT = Kind("completed_client", _CLIENT, _UTILITY, holds_in=_COMPLETED, in_quiet_hours=False)
REOPENED_CLIENT = Kind("reopened_client", _CLIENT, _UTILITY, holds_in=_AGREED, owner=Owner.IS_RECIPIENT)
UNCONFIRMED_CLIENT = Kind("unconfirmed_client", _CLIENT, _UTILITY, holds_in=_ASSIGNED, owner=Owner.IS_RECIPIENT)
EXPIRED_CLIENT = Kind("expired_client", _CLIENT, _UTILITY, in_quiet_hours=False)
EXPIRED_CLIENT_FIRST = _first(EXPIRED_CLIENT)
CLIENT_REPLY = Kind("client_reply", _CLIENT, once_a_day=True)
CLIENT_REPLY_FIRST = _first(CLIENT_REPLY)
CLIENT_REPLY_NOTED = _wording("client_reply_noted", CLIENT_REPLY, once_a_day=False)
CLIENT_REPLY_NOTED_FIRST = _first(CLIENT_REPLY_NOTED)
STRANGER_REPLY = Kind("stranger_reply", To.STRANGER, once_a_day=True)

#: All rows above, by name.
KINDS: dict[str, Kind] = {row.name: row for row in list(vars().values()) if isinstance(row, Kind)}


def find(name: str | None) -> Kind | None:
    """Return the kind of a stored message. Return None if this code does not know the kind."""
    return KINDS.get(name or "")


def first_wording(kind: Kind) -> Kind | None:
    """Return the wording of a kind in a client's first message. Return None if it has no other one."""
    return KINDS.get(f"{kind.name}_first")


def explaining(standing: str) -> Kind:
    """Return the kind that explains a job of this standing to an agent. Raises StopIteration if there is none."""
    return next(kind for kind in KINDS.values() if kind.explains == standing)


def passing_opt_outs() -> list[str]:
    """Return the names of the kinds that are about the number itself, and are sent whatever was decided for it."""
    return [kind.name for kind in KINDS.values() if kind.passes_opt_out]


def once_a_day() -> list[str]:
    """Return the names of the kinds of which a number is sent one message in a day."""
    return [kind.name for kind in KINDS.values() if kind.once_a_day and not kind.wording_of]
