"""What reports on conversations share: what was asked, rows in their order, the head of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.identity import accounts
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import Permission
from gateway.reports.conversations.definitions import columns, definitions
from gateway.reports.conversations.periods import (
    CHANNELS,
    NAMES,
    By,
    Key,
    Period,
    asked_by,
    asked_channel,
    asked_period,
    inside,
    told_key,
)
from gateway.reports.tables import Column, Form, Pair, Reader, Report, Row, Table, Value

BASE: Final = "/console/reports"
TOTAL: Final = ("合計", "Total")
NOBODY: Final = ("（無人接手）", "(taken by nobody)")
T = TypeVar("T")


class GroupedReport(Report, Protocol):
    """A report whose rows can stand for different things."""

    @property
    def groups(self) -> Sequence[By]:
        """What they can stand for; the first where nothing else is asked."""

    @property
    def of_channels(self) -> bool:
        """Whether it can be asked of one channel alone."""


@dataclass(frozen=True)
class Rules:
    """What the settings say: the city's zone, and the threshold of the service level."""

    zone: ZoneInfo
    service_level_seconds: int
    lines_full_share: float


@dataclass(frozen=True)
class Question:
    """What somebody asks a report."""

    name: str
    title: Pair
    by: By
    period: Period
    channel: str
    reader: Reader
    now: datetime
    rules: Rules
    names: Mapping[Key, Pair]
    """What rows are called that are no times and channels."""

    def told(self, key: Key) -> Value:
        """A row's name for the reader."""
        pair = self.names.get(key)
        if pair is not None:
            return pair[self.reader.language == "en"]
        return told_key(key, self.by, self.reader.language)

    def link(self, key: Key) -> str:
        """Where a row is shown by its parts; empty where there are none to show."""
        if self.by is By.CHANNEL and key in CHANNELS:
            return self._address(self.period, By.DAY, str(key))
        parts = inside(key, self.by, self.period)
        return self._address(*parts, self.channel) if parts else ""

    def _address(self, period: Period, by: By, channel: str) -> str:
        wanted = {"from": period.first.isoformat(), "to": period.last.isoformat(), "by": by.value}
        return f"{BASE}/{self.name}?{urlencode({**wanted, **({'channel': channel} if channel else {})})}"

    def table(
        self, figures: Sequence[str], rows: Sequence[Row], total: Row | None, notes: Sequence[Pair] = ()
    ) -> Table:
        """The whole answer, with every figure's formula."""
        form = Form.DAY if self.by in {By.DAY, By.WEEK} else Form.TEXT
        asked: list[tuple[Pair, str]] = [(("期間", "Period"), self.period.told)]
        if self.channel:
            asked.append((NAMES[By.CHANNEL], CHANNELS[self.channel][self.reader.language == "en"]))
        seconds = self.rules.service_level_seconds
        return Table(
            key=self.name, title=self.title,
            columns=[Column(self.by.value, *NAMES[self.by], form), *columns(figures)],
            rows=rows, total=total, as_of=self.now, asked=asked,
            notes=[*notes, *(definitions()[key].told(seconds) for key in figures)],
        )  # fmt: skip

    def key(self, at: datetime, channel: str, operator: str = "") -> Key:
        """The row of what happened at an instant."""
        if self.by is By.OPERATOR:
            return operator
        return channel if self.by is By.CHANNEL else self.period.key(at, self.by)

    def key_of_hour(self, hour: int, channel: str) -> Key:
        """The row of what was counted for an hour and a channel."""
        return channel if self.by is By.CHANNEL else self.period.key_of_hour(hour, self.by)

    def rows(self, tallies: Mapping[Key, T], cells: Callable[[T], tuple[Value, ...]]) -> list[Row]:
        """A row for each tally, in the order in which they are given."""
        return [Row((self.told(key), *cells(one)), self.link(key)) for key, one in tallies.items()]

    def total(self, cells: tuple[Value, ...]) -> Row:
        """The last line."""
        return Row((TOTAL[self.reader.language == "en"], *cells))

    def sorted_names(self, tallies: Mapping[Key, T]) -> dict[Key, T]:
        """The tallies by the names of their rows; those that belong to nobody come last."""
        return dict(sorted(tallies.items(), key=lambda one: (one[0] == "", str(self.told(one[0])))))


def question(
    name: str, title: Pair, allowed: Sequence[By], session: Session, asked: Mapping[str, str],
    reader: Reader, now: datetime, rules: Rules, names: Mapping[Key, Pair] | None = None,
) -> Question:  # fmt: skip
    """What an address asks for. Raises InvalidInput's kinds, and NotPermitted where operators would be told
    apart before somebody who may not know."""
    _make_room(session)
    by = asked_by(asked, allowed)
    if by is By.OPERATOR:
        names = names_of_operators(session, reader)
    return Question(
        name, title, by, asked_period(asked, now, rules.zone), asked_channel(asked), reader, now, rules,
        names or {},
    )  # fmt: skip


def may_know_operators(reader: Reader) -> bool:
    """Whether somebody may be told which of the operators did what."""
    return reader.oversees or reader.units is None


def _make_room(session: Session) -> None:
    # Compiling a plan takes PostgreSQL seconds, carrying it out a fraction of one; sorting half a year of
    # questions needs more than its default of 4 MB. Both hold until the transaction ends.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL jit = off"))
        session.execute(text("SET LOCAL work_mem = '32MB'"))


def names_of_operators(session: Session, reader: Reader) -> dict[Key, Pair]:
    """What everybody of the staff is called. Raises NotPermitted before who may not know."""
    if not may_know_operators(reader):
        raise NotPermitted(Permission.CHAT_OVERSEE)
    known: dict[Key, Pair] = {
        one.username: (one.display_name, one.display_name) for one in accounts.listed(session)
    }
    return {**known, "": NOBODY}
