"""From a figure back to the cases that it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseDue
from gateway.cases.rules import Stage
from gateway.cases.service import CaseService
from gateway.errors import InvalidInput
from gateway.places.service import Places
from gateway.reports.cases.asking import Asked, question_in_words, read_question, rows_asked, wants_every_row
from gateway.reports.cases.deadlines import known_until
from gateway.reports.cases.defining import definitions
from gateway.reports.cases.dimensions import Bounds, By
from gateway.reports.cases.lines import DRILLS
from gateway.reports.cases.live import among_open, bounded, is_late, is_open, is_soon
from gateway.reports.cases.models import ReportEntry
from gateway.reports.cases.naming import Names
from gateway.reports.cases.periods import BEGINNING, ONE_DAY
from gateway.reports.cases.reading import counts
from gateway.reports.cases.states import state_name
from gateway.reports.cases.sums import entries_of
from gateway.reports.cases.tally import Tally
from gateway.reports.cases.totals import growth, is_flow
from gateway.reports.long_rows import LongRows, in_pieces
from gateway.reports.tables import Column, Form, Pair, Reader, Row, Table

MOST: Final = 5_000
"""So many cases are named, the newest first; a narrower question shows the others."""
STANDING: Final = ("opening", "closing")
NOW: Final = ("due_soon", "overdue_now")
_NEWEST: Final = (f"僅列最新的{MOST:,}件。", f"Only the newest {MOST:,} are listed.")
_FIGURE: Final = ("指標", "Figure")
TITLE: Final = ("案件明細", "Cases")
COLUMNS: Final = (
    Column("number", "案號", "Number", Form.CASE),
    Column("item", "反映項目", "Service item"),
    Column("district", "行政區", "District"),
    Column("unit", "主辦單位", "Unit"),
    Column("channel", "管道", "Channel"),
    Column("status", "狀態", "Status"),
    Column("received", "受理時間", "Received", Form.MOMENT),
    Column("due", "完成期限", "Due", Form.MOMENT),
    Column("closed", "結案時間", "Closed", Form.MOMENT),
)


@dataclass(frozen=True)
class CountedCases:
    """The cases behind one figure of a report on deadlines; without a figure, those received."""

    cases: CaseService
    places: Places
    name: str = "cases"
    title: Pair = TITLE

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """The cases, the newest first. Raises InvalidInput, also for a figure that counts no cases."""
        office = self.cases.office(session)
        names = Names.in_force(session, self.cases, self.places)
        today = now.astimezone(office.zone).date()
        question = read_question(session, {**asked, "by": By.TOTAL}, reader, names, today)
        every, figure = wants_every_row(asked), asked.get("figure") or "received"
        if figure not in {*DRILLS, *STANDING, *NOW}:
            raise InvalidInput(f"figure: one of {', '.join([*DRILLS, *STANDING, *NOW])}")
        if figure in NOW or (figure == "closing" and question.bounds.last >= today):
            late, soon = is_late(now), is_soon(now, office)
            which = {"overdue_now": late, "due_soon": soon}.get(figure, is_open())
            ids: Any = select(Case.id).where(is_open(), which, *bounded(question.bounds.within))
        elif figure in STANDING:
            ids = _standing(session, question.bounds, opening=figure == "opening")
        else:
            ids = _entered(question.bounds, figure, None if every else rows_asked(asked, MOST))
        english = reader.language.startswith("en")
        as_of = known_until(session, now)
        found = definitions()[figure]
        told = [*question_in_words(question, names, reader), (_FIGURE, (found.zh, found.en)[english])]
        if every:
            long = LongRows(_count(session, ids), lambda: _rows(session, ids, names, english))
            return Table(
                self.name, self.title, COLUMNS, long, as_of, None, told, more={"rows": len(long)}
            )  # fmt: skip
        most = rows_asked(asked, MOST)
        rows = list(_rows(session, ids, names, english, most))
        count = len(rows) if len(rows) < most else self._how_many(session, question, figure, ids)
        notes = [_NEWEST] if count >= MOST else []
        return Table(self.name, self.title, COLUMNS, rows, as_of, None, told, notes, {"rows": count})

    def _how_many(self, session: Session, question: Asked, figure: str, ids: Any) -> int:
        """All that a page does not show: as many as the figure says where it counts entries."""
        if figure not in DRILLS:
            return _count(session, ids)
        figures, value = DRILLS[figure]
        tally = counts(session, question.bounds, None, figures).get("", Tally())
        return sum(tally.of(one, *([] if value is None else [value])) for one in figures)


def _entered(bounds: Bounds, figure: str, most: int | None) -> Any:
    """The cases that were entered so and not taken back: the newest `most`, or all."""
    figures, value = DRILLS[figure]
    fits = [
        ReportEntry.figure.in_([one.value for one in figures]),
        *entries_of(bounds),
    ]
    if value is not None:
        fits.append(ReportEntry.value == value)
    # Twice as many: some were taken back, and some cases were entered twice.
    newest = (
        select(ReportEntry.case_id)
        .where(*fits)
        .order_by(ReportEntry.day.desc(), ReportEntry.id.desc())
        .limit(2 * (most or 0))
        .subquery()
    )
    among = () if most is None else (ReportEntry.case_id.in_(select(newest.c.case_id)),)
    return (
        select(ReportEntry.case_id)
        .where(*among, *fits)
        .group_by(ReportEntry.case_id)
        .having(func.sum(ReportEntry.amount) > 0)
    )


def _standing(session: Session, bounds: Bounds, *, opening: bool) -> Any:
    """The cases that were open when the period began, or ended: what came in and has not gone out."""
    day = bounds.first if opening else bounds.last + ONE_DAY
    return (
        select(ReportEntry.case_id)
        .where(
            among_open(session, day, ReportEntry.case_id),
            is_flow(),
            *entries_of(replace(bounds, first=BEGINNING, last=day - ONE_DAY)),
        )
        .group_by(ReportEntry.case_id)
        .having(func.sum(growth()) > 0)
    )


def _count(session: Session, ids: Any) -> int:
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def _rows(session: Session, ids: Any, names: Names, english: bool, most: int | None = None) -> Iterator[Row]:
    """The cases as rows, the newest first; without `most` all, some at a time."""
    due = (
        select(func.max(CaseDue.due_at))
        .where(CaseDue.case_id == Case.id, CaseDue.current, CaseDue.stage == Stage.COMPLETION.value)
        .correlate(Case)
        .scalar_subquery()
    )
    found = session.execute(
        select(
            Case.number, Case.item_code, Case.district, Case.owner_unit, Case.channel, Case.status,
            Case.received_at, due.label("due_at"), Case.closed_at,
        )
        .where(Case.id.in_(ids))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(most)
        .execution_options(**in_pieces(most))
    )  # fmt: skip
    return (
        Row(
            (
                row.number, names.of(By.ITEM, row.item_code)[english],
                names.of(By.DISTRICT, row.district or "")[english],
                names.of(By.UNIT, row.owner_unit)[english], names.of(By.CHANNEL, row.channel)[english],
                state_name(row.status)[english], row.received_at, row.due_at, row.closed_at,
            ),
            f"/console/cases/{row.number}",
        )
        for row in found
    )  # fmt: skip
