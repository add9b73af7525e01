"""What the desk of conversations is told: frozen values, no rows of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """Who acts: their name in the system, what the citizen reads, languages, units, rank."""

    username: str
    display_name: str
    units: frozenset[str] = frozenset()
    oversees: bool = False
    """Whether they may take over from a colleague."""


@dataclass(frozen=True)
class InCharge:
    """Who is in charge of a conversation; `operator` where it is somebody of the staff."""

    owner: str
    operator: str | None


@dataclass(frozen=True)
class ConversationCard:
    """One conversation in a list: no more of the citizen's words than the last ones."""

    id: str
    owner: str
    operator: str | None
    language: str
    channel: str
    priority: str | None
    reason: str | None
    queued_at: datetime | None
    place: int | None
    """In the queue, from 1."""
    wanted_operator: str | None
    wanted_unit: str | None
    last_seq: int
    last_text: str
    """What a person said last, the citizen or staff."""
    last_sender: str
    unread: int
    """Citizen's messages above what whoever is in charge has seen."""
    updated_at: datetime
    offered_to: str | None
    """Who is being asked to take it, and since when."""
    offered_at: datetime | None
    unanswered_since: datetime | None
    """Since when the citizen waits for a word of who is in charge."""
    citizen_received: int
    """The last number that reached the citizen's device."""
    citizen_seen: int
    """The last number that the citizen had before their eyes."""


@dataclass(frozen=True)
class NoteView:
    """What staff wrote for one another."""

    author: str
    kind: str
    text: str
    at: datetime


@dataclass(frozen=True)
class PresenceView:
    """Whether somebody is there, and how many conversations they lead of how many they can."""

    username: str
    state: str
    reason: str | None
    capacity: int
    languages: tuple[str, ...]
    leads: int
    seen_at: datetime


@dataclass(frozen=True)
class Desks:
    """All who take conversations at an instant, as an estimate needs them."""

    operators: int = 0
    places: int = 0
    """Conversations that they can lead at once, in all."""
    free: int = 0
    handling_seconds: Sequence[float] = ()
    """How long the last conversations took."""


@dataclass(frozen=True)
class LineState:
    """What a citizen is told before and while they wait."""

    place: int | None
    minutes: int | None
    """An honest estimate; None where there is none."""
    operators: int
    """How many take conversations now."""


@dataclass(frozen=True)
class LinesView:
    """The telephone lines as last reported; `full` only of a fresh report."""

    busy: int | None
    total: int | None
    at: datetime | None
    full: bool


@dataclass(frozen=True)
class CallWish:
    """What a citizen wants who asks to be called; nothing is checked yet."""

    client_id: str
    phone: str
    window: str
    about: str = ""


@dataclass(frozen=True)
class CallBackView:
    """One call-back. The number is whole only for who has taken it."""

    id: int
    conversation_id: str
    state: str
    phone: str
    about: str | None
    language: str
    call_from: datetime
    due_at: datetime
    attempts: int
    taken_by: str | None
    asked_at: datetime
    finished_at: datetime | None
