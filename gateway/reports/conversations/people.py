"""How long persons' conversations took, how they ended, and how content citizens were."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from gateway.handoff.rules import Ending
from gateway.reports.conversations import serving
from gateway.reports.conversations.framing import Question, Rules, question
from gateway.reports.conversations.periods import By, Key
from gateway.reports.conversations.rules import CONTENT_FROM, DISCONTENT_TO, mean, nearest_rank, share
from gateway.reports.tables import Pair, Reader, Table, Value

GROUPS: Final = (By.DAY, By.WEEK, By.MONTH, By.HOUR, By.WEEKDAY, By.CHANNEL, By.OPERATOR)
HANDLING: Final = (
    "handled", "handling_mean", "handling_median", "handling_p90", "reply_median", "ended_by_person",
    "handed_on", "citizen_silent", "unanswered_ones", "lost",
)  # fmt: skip
RATINGS: Final = ("ratings", "speed", "result", "content_share", "discontent_share")


@dataclass
class Handled:
    """The figures of one row."""

    endings: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)

    def note(self, one: serving.Served) -> None:
        """Count a stretch of handling; one that was lost says nothing of how long it takes."""
        self.endings[one.ending] += 1
        if one.ending != Ending.LOST:
            self.seconds.append(one.seconds)
        if one.reply_seconds is not None:
            self.replies.append(one.reply_seconds)

    @property
    def cells(self) -> tuple[Value, ...]:
        """In the order of HANDLING."""
        of = self.endings
        return (
            of.total(), mean(self.seconds), _median(self.seconds), nearest_rank(self.seconds, 0.9),
            _median(self.replies), of[Ending.CLOSED] + of[Ending.RELEASED],
            of[Ending.TRANSFERRED] + of[Ending.TAKEN_OVER], of[Ending.SILENT], of[Ending.UNANSWERED],
            of[Ending.LOST],
        )  # fmt: skip


@dataclass
class Content:
    """Ratings of one row."""

    speeds: list[int] = field(default_factory=list)
    results: list[int] = field(default_factory=list)

    def note(self, one: serving.Rated) -> None:
        """Count a rating."""
        self.speeds.append(one.speed)
        self.results.append(one.result)

    @property
    def cells(self) -> tuple[Value, ...]:
        """In the order of RATINGS."""
        of = self.results
        return (
            len(of), mean(self.speeds), mean(of), content_share(of),
            share(sum(one <= DISCONTENT_TO for one in of), len(of)),
        )  # fmt: skip


class Serving:
    """Handling times and endings by time, channel or operator."""

    name = "handling"
    title: Pair = ("真人服務時間", "Handling times")
    groups = GROUPS
    of_channels = True

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each stretch of time, channel or operator."""
        wanted = question(
            self.name, self.title, GROUPS, session, asked, reader, now, self._rules
        )  # fmt: skip
        found: dict[Key, Handled] = {key: Handled() for key in wanted.period.keys(wanted.by)}
        whole = Handled()
        for one in serving.served(session, wanted.period, wanted.channel):
            key = wanted.key(one.ended_at, one.channel, one.operator)
            for row in (found.setdefault(key, Handled()), whole):
                row.note(one)
        rows = wanted.rows(_ordered(wanted, found), lambda row: row.cells)
        return wanted.table(HANDLING, rows, wanted.total(whole.cells))


class Satisfaction:
    """Ratings after a person's service, by time, channel or operator."""

    name = "satisfaction"
    title: Pair = ("真人服務滿意度", "Satisfaction with persons' service")
    groups = GROUPS
    of_channels = True

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each stretch of time, channel or operator."""
        wanted = question(
            self.name, self.title, GROUPS, session, asked, reader, now, self._rules
        )  # fmt: skip
        found: dict[Key, Content] = {key: Content() for key in wanted.period.keys(wanted.by)}
        whole = Content()
        for one in serving.rated(session, wanted.period, wanted.channel):
            key = wanted.key(one.at, one.channel, one.operator)
            for row in (found.setdefault(key, Content()), whole):
                row.note(one)
        rows = wanted.rows(_ordered(wanted, found), lambda row: row.cells)
        return wanted.table(RATINGS, rows, wanted.total(whole.cells))


def content_share(results: Sequence[int]) -> float | None:
    """The share of results that say that the citizen was content."""
    return share(sum(one >= CONTENT_FROM for one in results), len(results))


def _ordered(wanted: Question, found: dict[Key, Handled] | dict[Key, Content]) -> dict[Key, Any]:
    return wanted.sorted_names(found) if wanted.by is By.OPERATOR else found


def _median(seconds: Sequence[float]) -> float | None:
    return statistics.median(seconds) if seconds else None
