"""Figures from outside: taken in, corrected, and read back with who entered them and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.views import Actor
from gateway.reports.figures.errors import FiguresMoved
from gateway.reports.figures.models import ReportFigure
from gateway.reports.figures.months import Month
from gateway.reports.figures.reading import Given
from gateway.reports.tables import Pair

SUBJECT: Final = "report_figures"
_TOLD = 200
"""Changes that one audit entry names; the rows themselves keep all."""


class Way(StrEnum):
    """How a figure came here."""

    IMPORT = "import"
    HAND = "hand"


WAY_TEXT: Final[Mapping[Way, Pair]] = {Way.HAND: ("填報", "entered"), Way.IMPORT: ("匯入", "imported")}


@dataclass(frozen=True)
class Entry:
    """One edition of a month's figure."""

    month: Month
    figure: str
    edition: int
    value: Decimal | None
    source: str
    way: Way
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True)
class Taken:
    """What became of figures that were given."""

    added: int = 0
    corrected: int = 0
    unchanged: int = 0


Entries = Mapping[tuple[Month, str], Entry]


class FigureBook:
    """Takes figures in, all that are given or none of them."""

    def __init__(
        self, database: Database, trail: AuditTrail, zone: ZoneInfo,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.database = database
        self.zone = zone
        self.clock = clock
        self._trail = trail

    def this_month(self) -> Month:
        """The month in the city."""
        return Month.of(self.clock().astimezone(self.zone).date())

    def take(
        self, given: Sequence[Given], by: Actor, way: Way, *, of: str = "",
        seen: Mapping[tuple[Month, str], int] | None = None,
    ) -> Taken:  # fmt: skip
        """Enter figures; one that is in force already as it is given changes nothing.

        `of` names the file or page in the audit trail. `seen` are the editions on which whoever enters them
        looks (0: none). Raises FiguresMoved where one has moved on since, or moves at the same time.
        """
        try:
            with self.database.write() as session:
                return self._take(session, given, by, way, of, seen)
        except IntegrityError as error:
            raise FiguresMoved from error

    def _take(
        self, session: Session, given: Sequence[Given], by: Actor, way: Way, of: str,
        seen: Mapping[tuple[Month, str], int] | None,
    ) -> Taken:  # fmt: skip
        now = self.clock()
        known = _last_editions(session, {one.month for one in given})
        changes: list[dict[str, Any]] = []
        added = 0
        for one in given:
            before = known.get((one.month, one.figure.code))
            edition = before.edition if before else 0
            if seen is not None and seen.get((one.month, one.figure.code), 0) != edition:
                raise FiguresMoved
            if _same(before, one):
                continue
            added += before is None or before.value is None
            session.add(
                ReportFigure(
                    month=one.month.first, figure=one.figure.code, edition=edition + 1, value=one.value,
                    source=one.source, way=way.value, entered_by=by.name, entered_at=now,
                )
            )  # fmt: skip
            changes.append(_told(one, before))
        if changes:
            session.flush()
            self._trail.append(
                session, act=f"figures.{way.value}", actor=by.name, role=by.role, subject=SUBJECT,
                detail={"of": of, "changed": len(changes), "changes": changes[:_TOLD]}, at=now,
            )  # fmt: skip
        return Taken(added, len(changes) - added, len(given) - len(changes))


def in_force(session: Session, months: Iterable[Month]) -> Entries:
    """What counts of these months: the last edition of each figure, unless it took the figure back."""
    found = _last_editions(session, months)
    return {key: entry for key, entry in found.items() if entry.value is not None}


def editions(session: Session, month: Month) -> dict[str, list[Entry]]:
    """Every edition of every figure of a month, the latest first."""
    rows = session.scalars(
        select(ReportFigure)
        .where(ReportFigure.month == month.first)
        .order_by(ReportFigure.figure, ReportFigure.edition.desc())
    )
    found: dict[str, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.figure, []).append(_entry(row))
    return found


def live_month(session: Session, zone: ZoneInfo, fixed: Month | None) -> Month | None:
    """From which month on the platform's own counts are whole: as it is set, else the month after the
    platform's first entry in its audit trail. None where nothing has happened yet."""
    if fixed is not None:
        return fixed
    first = session.scalar(select(AuditEntry.at).order_by(AuditEntry.seq).limit(1))
    return Month.of(first.astimezone(zone).date()).moved(1) if first is not None else None


def _last_editions(session: Session, months: Iterable[Month]) -> dict[tuple[Month, str], Entry]:
    days: list[date] = [month.first for month in months]
    later = aliased(ReportFigure)
    last = (
        select(func.max(later.edition))
        .where(later.month == ReportFigure.month, later.figure == ReportFigure.figure)
        .scalar_subquery()
    )
    rows = session.scalars(
        select(ReportFigure).where(ReportFigure.month.in_(days), ReportFigure.edition == last)
    )
    return {(entry.month, entry.figure): entry for entry in map(_entry, rows)}


def _same(before: Entry | None, given: Given) -> bool:
    if before is None:
        return given.value is None
    return before.value == given.value and (given.value is None or before.source == given.source)


def _told(given: Given, before: Entry | None) -> dict[str, Any]:
    old = before.value if before else None
    return {
        "month": str(given.month), "figure": given.figure.code,
        "before": None if old is None else f"{old:f}",
        "after": None if given.value is None else f"{given.value:f}",
    }  # fmt: skip


def _entry(row: ReportFigure) -> Entry:
    return Entry(
        Month.of(row.month), row.figure, row.edition, row.value, row.source, Way(row.way), row.entered_by,
        row.entered_at,
    )  # fmt: skip
