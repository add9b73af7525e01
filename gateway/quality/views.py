"""What the room of quality sheets is given and hands out: frozen values, no rows of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from gateway.conversations.transcript import MessageView
from gateway.quality.rules import Mark


@dataclass(frozen=True)
class Typed:
    """What an assessor gives one criterion."""

    halves: int | None = None
    left_out: bool = False
    remark: str = ""


@dataclass(frozen=True)
class Assessment:
    """What an assessor sends: marks by criterion, the comment, and the version of the sheet they saw."""

    marks: Mapping[str, Typed]
    comment: str
    version: int


@dataclass(frozen=True)
class Drawn:
    """What came of a draw: sheets that were made, and of how many operators."""

    sheets: int
    operators: int


@dataclass(frozen=True)
class SheetRow:
    """One sheet in a list."""

    id: int
    operator: str
    ended_at: datetime
    ending: str
    state: str
    assessor: str | None
    score: int | None
    """Hundredths."""
    grade: str | None
    reply: str | None
    """How the operator answered the present edition."""


@dataclass(frozen=True)
class Served:
    """The stretch of a conversation that is assessed."""

    conversation_id: str
    language: str
    queued_at: datetime | None
    taken_at: datetime
    first_reply_at: datetime | None
    ended_at: datetime
    ending: str

    @property
    def waited_seconds(self) -> int | None:
        """From joining the queue to the taking over; None where nobody waited."""
        return None if self.queued_at is None else int((self.taken_at - self.queued_at).total_seconds())

    @property
    def reply_seconds(self) -> int | None:
        """From the taking over to the first words; None where none were said."""
        if self.first_reply_at is None:
            return None
        return int((self.first_reply_at - self.taken_at).total_seconds())

    def covers(self, message: MessageView) -> bool:
        """Whether a message was said in this stretch."""
        return self.taken_at <= message.created_at <= self.ended_at


@dataclass(frozen=True)
class RatingView:
    """The citizen's rating of the conversation's service."""

    operator: str | None
    speed: int
    result: int
    comment: str | None


@dataclass(frozen=True)
class ReplyView:
    """What the operator said to an edition."""

    edition: int
    kind: str
    text: str
    at: datetime


@dataclass(frozen=True)
class EventView:
    """What was done to a sheet."""

    act: str
    actor: str
    at: datetime
    note: str
    score: int | None


@dataclass(frozen=True)
class Sheet:
    """One sheet with everything that is shown beside it."""

    id: int
    draw_id: int
    operator: str
    state: str
    assessor: str | None
    comment: str
    score: int | None
    grade: str | None
    edition: int
    version: int
    finished_at: datetime | None
    served: Served
    marks: Sequence[Mark]
    messages: Sequence[MessageView]
    cases: Sequence[str]
    """Numbers of the cases that were made in the conversation."""
    rating: RatingView | None
    replies: Sequence[ReplyView]
    events: Sequence[EventView]

    @property
    def reply(self) -> ReplyView | None:
        """The answer to the present edition."""
        return next((one for one in self.replies if one.edition == self.edition), None)


@dataclass(frozen=True)
class Standing:
    """How one operator, or all together, did in a period: final sheets only."""

    operator: str
    sheets: int
    average: Fraction
    """Of 100, exact."""
    by_criterion: Mapping[str, Fraction]
    """The share of the points that could be had, of 100."""


@dataclass(frozen=True)
class Period:
    """A period that was drawn from: its latest round, and the most that a round of it took of each."""

    first_day: date
    last_day: date
    round: int
    size: int


@dataclass(frozen=True)
class DrawView:
    """One draw, and whether seed and pool give its sheets again."""

    id: int
    operator: str
    first_day: date
    last_day: date
    round: int
    size: int
    seed: str
    pool: Sequence[int]
    drawn_by: str
    drawn_at: datetime
    handlings: Sequence[int]
    """Those that got a sheet."""
    repeats: bool
