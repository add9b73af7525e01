"""Topics, areas and segments of city news, its states, and its hours. Pure: the table is the law."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.identity.rules import Permission
from gateway.news.errors import NewsActRefused, NewsReasonMissing, OwnNews
from gateway.outbox.quiet import QuietHours


class Topic(StrEnum):
    """What news is about, as citizens subscribe to it. Their order is that of the bits: add at the end."""

    CITY_NEWS = "city_news"
    EVENTS = "events"
    TRAFFIC = "traffic"
    DISASTER = "disaster"


TOPIC_NAMES: Final[Mapping[Topic, tuple[str, str]]] = {
    Topic.CITY_NEWS: ("市政新聞", "City news"),
    Topic.EVENTS: ("活動", "Events"),
    Topic.TRAFFIC: ("交通", "Traffic"),
    Topic.DISASTER: ("防災", "Disaster prevention"),
}
"""Each topic's name for people, in Chinese and English."""
LANGUAGES: Final = ("zh-TW", "en")
CARRIED_BY: Final = ("email", "line")
"""By what news goes out."""
WHOLE_CITY: Final = 1
"""The bit of an area that is no single district."""
_FIRST_CODE, _CODE_STEP = 64_000_000, 10


def topics_mask(topics: Iterable[Topic]) -> int:
    """Topics as they are stored: one bit each."""
    return sum(1 << list(Topic).index(topic) for topic in set(topics))


def topics_in(mask: int) -> tuple[Topic, ...]:
    """The topics of a stored mask."""
    return tuple(topic for topic in Topic if mask & topics_mask([topic]))


def areas_mask(districts: Iterable[str]) -> int:
    """Districts by official code as they are stored, one bit each; none: the whole city."""
    return sum(1 << _number(code) for code in set(districts)) or WHOLE_CITY


def districts_in(mask: int) -> tuple[str, ...]:
    """The official codes of the districts in a stored mask; none where it is the whole city."""
    bits = (bit for bit in range(1, mask.bit_length()) if mask >> bit & 1)
    return () if mask & WHOLE_CITY else tuple(str(_FIRST_CODE + bit * _CODE_STEP) for bit in bits)


def _number(code: str) -> int:
    return (int(code) - _FIRST_CODE) // _CODE_STEP


@dataclass(frozen=True)
class Subscriber:
    """What one recipient has subscribed to."""

    transport: str
    language: str
    topics: int
    areas: int
    active: bool = True


@dataclass(frozen=True)
class Segment:
    """To whom a piece of news goes."""

    topic: Topic
    areas: int
    transports: tuple[str, ...]
    languages: tuple[str, ...]

    def holds(self, one: Subscriber) -> bool:
        """Whether the news is for this subscriber.

        News of the whole city is for every district, and who takes the whole city takes every district's.
        """
        area = (self.areas | one.areas) & WHOLE_CITY or self.areas & one.areas
        return bool(
            one.active
            and one.topics & topics_mask([self.topic])
            and area
            and one.transport in self.transports
            and one.language in self.languages
        )


class State(StrEnum):
    """How far a piece of news is."""

    DRAFT = "draft"
    HANDED_IN = "handed_in"
    RETURNED = "returned"
    SCHEDULED = "scheduled"
    """Approved; it waits for its time."""
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"
    DISCARDED = "discarded"


class Act(StrEnum):
    """What is done to a piece of news."""

    SAVE = "save"
    HAND_IN = "hand_in"
    DISCARD = "discard"
    RETURN = "return"
    APPROVE = "approve"
    STOP = "stop"
    RESUME = "resume"
    START = "start"
    FINISH = "finish"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Move:
    """What comes of an act, who may do it, and what it asks for."""

    to: State
    needs: Permission | None
    """None: the clock does it, nobody else."""
    by_another: bool = False
    """Not by somebody who has written in it."""
    with_reason: bool = False


_EDIT, _APPROVE = Permission.NEWS_EDIT, Permission.NEWS_APPROVE
LAW: Final[Mapping[tuple[State, Act], Move]] = {
    (State.DRAFT, Act.SAVE): Move(State.DRAFT, _EDIT),
    (State.DRAFT, Act.HAND_IN): Move(State.HANDED_IN, _EDIT),
    (State.DRAFT, Act.DISCARD): Move(State.DISCARDED, _EDIT),
    (State.RETURNED, Act.SAVE): Move(State.DRAFT, _EDIT),
    (State.RETURNED, Act.DISCARD): Move(State.DISCARDED, _EDIT),
    (State.HANDED_IN, Act.RETURN): Move(State.RETURNED, _EDIT, with_reason=True),
    (State.HANDED_IN, Act.APPROVE): Move(State.SCHEDULED, _APPROVE, by_another=True),
    (State.SCHEDULED, Act.STOP): Move(State.STOPPED, _EDIT, with_reason=True),
    (State.SCHEDULED, Act.START): Move(State.SENDING, None),
    (State.SCHEDULED, Act.EXPIRE): Move(State.STOPPED, None),
    (State.SENDING, Act.STOP): Move(State.STOPPED, _EDIT, with_reason=True),
    (State.SENDING, Act.FINISH): Move(State.SENT, None),
    (State.SENDING, Act.EXPIRE): Move(State.STOPPED, None),
    (State.STOPPED, Act.RESUME): Move(State.SCHEDULED, _APPROVE, by_another=True),
}
"""From which state what may be done. What was approved is never changed again; what was sent or discarded
is at its end."""

NOTE_MAX: Final = 300


def move_of(state: State, act: Act) -> Move:
    """What the law says of an act. Raises NewsActRefused."""
    move = LAW.get((state, act))
    if move is None:
        raise NewsActRefused(f"{act} of news that is {state}")
    return move


def check_person(move: Move, who: str, authors: Collection[str]) -> None:
    """Raise OwnNews where somebody would let go out what they have written in."""
    if move.by_another and who in authors:
        raise OwnNews


def checked_note(move: Move, note: str) -> str:
    """The reason as it is kept. Raises NewsReasonMissing where one is needed, or where it is too long."""
    note = " ".join(note.split())
    if len(note) > NOTE_MAX or (move.with_reason and not note):
        raise NewsReasonMissing
    return note


def acts_for(state: State, who: str, authors: Collection[str], held: Collection[Permission]) -> list[Act]:
    """What somebody may do now, in the order of the buttons."""
    found = []
    for act in Act:
        move = LAW.get((state, act))
        if move is None or move.needs not in held or (move.by_another and who in authors):
            continue
        found.append(act)
    return found


def passes_quiet_hours(topic: Topic | str, urgent: bool) -> bool:
    """Whether news goes out by night too: an urgent notice of a disaster, and nothing else."""
    return urgent and topic == Topic.DISASTER


def hours_from(at: datetime, quiet: QuietHours | None) -> tuple[datetime, datetime | None]:
    """From when news may go out, at `at` or next after it, and until when; None: until it is through."""
    if quiet is None:
        return at, None
    opens = quiet.until(at) or at
    here = opens.astimezone(quiet.zone)
    closes = datetime.combine(here.date(), quiet.first, quiet.zone)
    return opens, (closes if closes > here else closes + timedelta(days=1)).astimezone(UTC)
