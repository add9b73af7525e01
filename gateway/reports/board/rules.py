"""What the board shows, as frozen values. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gateway.handoff.views import LinesView, PresenceView

SOON: Final = timedelta(hours=4)
"""Within so long something is «due soon»."""
HOURS: Final = 24
"""So many hours back the chart goes; the last one is the hour that runs."""
ITEMS: Final = 5
"""So many service items are named."""
NOWHERE: Final = ""
"""The district of cases whose district is not known."""


@dataclass(frozen=True)
class Standing:
    """Open cases at an instant; those due soon or today are not overdue."""

    open: int = 0
    soon: int = 0
    today: int = 0
    overdue: int = 0

    def __add__(self, other: Standing) -> Standing:
        return Standing(
            self.open + other.open, self.soon + other.soon, self.today + other.today,
            self.overdue + other.overdue,
        )  # fmt: skip


@dataclass(frozen=True)
class Hour:
    """What came and what was finished in one hour."""

    begins: datetime
    received: int = 0
    finished: int = 0


@dataclass(frozen=True)
class CaseFigures:
    """Cases: today, and as they stand."""

    received: int
    finished: int
    areas: Mapping[str, Standing]
    """Open cases by the Chinese name of the district; NOWHERE where there is none."""
    items: Sequence[tuple[str, int]]
    """The service items of which most cases came today, by code."""
    hours: Sequence[Hour]
    counted_to: datetime
    """Up to when what came and what was finished is in the ledger."""

    @property
    def standing(self) -> Standing:
        """Of all districts together."""
        return sum(self.areas.values(), Standing())


@dataclass(frozen=True)
class Operators:
    """Who sits at the desk of conversations; `online` are those who take any."""

    online: int = 0
    busy: int = 0
    """Of them those without a free place."""
    paused: int = 0

    @property
    def free(self) -> int:
        """Of them those who can take one more."""
        return self.online - self.busy


@dataclass(frozen=True)
class TalkFigures:
    """The queue of the whole line, its people and its telephones."""

    waiting: int
    longest: timedelta | None
    """How long who has waited longest has; None where nobody waits."""
    operators: Operators
    lines: LinesView
    entered: int
    """How many came into the queue today."""
    level: float | None
    """The service level of today; None where nothing can be judged."""


@dataclass(frozen=True)
class Board:
    """Everything, at one instant."""

    as_of: datetime
    units: frozenset[str] | None
    """Whose cases are counted; None: all."""
    cases: CaseFigures
    talks: TalkFigures
    took: float = field(default=0.0, compare=False)
    """Seconds that it took to read."""


def operators_of(people: Sequence[PresenceView], available: str, paused: str) -> Operators:
    """Who is there of these; `available` and `paused` are names of states."""
    there = [one for one in people if one.state == available]
    return Operators(
        online=len(there),
        busy=sum(one.leads >= one.capacity for one in there),
        paused=sum(one.state == paused for one in people),
    )


def hour_starts(now: datetime, midnight: datetime) -> list[datetime]:
    """The beginnings of the last HOURS hours, by hours of the city's clock; the last one runs."""
    running = (now - midnight) // timedelta(hours=1)
    return [midnight + timedelta(hours=running - back) for back in range(HOURS - 1, -1, -1)]
