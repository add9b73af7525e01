"""One of this room's reports: what is asked, what is reckoned of the cases, and how that is told.

Telling is apart from reckoning, so that one result serves both languages, every page and every file.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gateway.reports.learning.asked import Asking
from gateway.reports.learning.kept import Kept, Reckoned
from gateway.reports.learning.names import Names
from gateway.reports.tables import Pair, Reader, Table

Q = TypeVar("Q")
K = TypeVar("K", bound=Hashable)
R = TypeVar("R")
PATIENCE: Final = timedelta(seconds=0.8)
"""So long a page waits for a result before it says that it is being reckoned."""
QUARTER: Final = timedelta(minutes=15)
SIX_HOURS: Final = timedelta(hours=6)


@dataclass(frozen=True)
class Reach:
    """Whose cases are counted: those of these units (None: of all), confidential ones in lists or not."""

    units: frozenset[str] | None
    sealed: bool

    @classmethod
    def of(cls, reader: Reader) -> Reach:
        """What this reader may see."""
        return cls(reader.units, reader.sealed)


@dataclass(frozen=True)
class LearnedReport(Generic[Q, K, R]):
    """A report whose result is kept for `fresh`. See gateway.reports.tables.Report."""

    name: str
    title: Pair
    fresh: timedelta
    kept: Kept
    zone: ZoneInfo
    names: Callable[[str], Names]
    """Names in a language."""
    read: Callable[[Asking], Q]
    about: Callable[[Q], K]
    """The part of a question that has to be reckoned; the rest only chooses what is told of it."""
    reckon: Callable[[Session, K, Reach], R]
    tell: Callable[[R, Q, Names, datetime], Table]

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """The answer; waits for it where it is not kept. Raises InvalidInput."""
        question = self.question(asked, now)
        found = self.kept.get(*self._to_reckon(question, reader), self.fresh)
        return self._told(found, question, reader)

    def soon(self, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table | None:
        """The answer as far as it is there within PATIENCE; None while it is being reckoned.

        Raises InvalidInput.
        """
        question = self.question(asked, now)
        found = self.kept.soon(*self._to_reckon(question, reader), self.fresh, PATIENCE)
        return None if found is None else self._told(found, question, reader)

    def question(self, asked: Mapping[str, str], now: datetime) -> Q:
        """What an address asks for. Raises InvalidInput."""
        return self.read(Asking(asked, now.astimezone(self.zone).date()))

    def _to_reckon(self, question: Q, reader: Reader) -> tuple[Hashable, Callable[[Session], R]]:
        about, reach = self.about(question), Reach.of(reader)
        return (self.name, about, reach), lambda session: self.reckon(session, about, reach)

    def _told(self, found: Reckoned[R], question: Q, reader: Reader) -> Table:
        return self.tell(found.value, question, self.names(reader.language), found.at)
