"""Lists of open cases that somebody must look at: due soon, late, left alone. Straight from the cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from gateway.cases.lateness import end_of_day, lateness
from gateway.cases.models import Case, CaseAssignment, CaseEvent, CaseExtension
from gateway.cases.office import Office
from gateway.cases.rules import Role
from gateway.cases.service import CaseService
from gateway.errors import InvalidInput
from gateway.places.service import Places
from gateway.reports.cases.asking import Asked, question_in_words, read_question, rows_asked, wants_every_row
from gateway.reports.cases.dimensions import By
from gateway.reports.cases.live import bounded, is_late, is_open, is_soon, soon_until
from gateway.reports.cases.naming import Names
from gateway.reports.cases.states import act_name, state_name
from gateway.reports.long_rows import LongRows, in_pieces
from gateway.reports.tables import Column, Form, Pair, Reader, Row, Table, Value

MOST: Final = 5_000
UNTOUCHED_DAYS: Final = 7
MOST_UNTOUCHED_DAYS: Final = 3_650
WINDOWS: Final[Mapping[str, Pair]] = {
    "4h": ("4 小時內", "Within 4 hours"),
    "today": ("今日", "Today"),
    "3d": ("3 個工作日內", "Within 3 working days"),
}
"""How near a due time may be to be shown as near."""
WHICH: Final = ("範圍", "Which")
_STAFF: Final = (Role.OPERATOR.value, Role.DISPATCHER.value, Role.HANDLER.value, Role.SUPERVISOR.value)
_FOUR_HOURS: Final = timedelta(hours=4)
_COMMON: Final = (
    Column("number", "案號", "Number", Form.CASE),
    Column("item", "反映項目", "Service item"),
    Column("district", "行政區", "District"),
    Column("unit", "主辦單位", "Unit"),
    Column("handler", "承辦人", "Handler"),
    Column("status", "狀態", "Status"),
    Column("due", "最近期限", "Next due", Form.MOMENT),
)
_DONE: Final = (
    Column("done", "最後辦理情形", "Last act"),
    Column("done_at", "辦理時間", "When", Form.MOMENT),
)
_SPANS: Final[Mapping[str, Column]] = {
    "due-soon": Column("left", "時效", "Time left"),
    "overdue": Column("late_for", "時效", "Late for"),
    "untouched": Column("still_for", "未處理天數", "Days untouched", Form.COUNT),
}
TITLES: Final[Mapping[str, Pair]] = {
    "due-soon": ("將到期案件", "Due soon"),
    "overdue": ("逾限未結案件", "Overdue now"),
    "untouched": ("久未處理案件", "Left untouched"),
}


@dataclass(frozen=True)
class OpenCases:
    """One of the lists, by its name in TITLES."""

    name: str
    cases: CaseService
    places: Places

    @property
    def title(self) -> Pair:
        """What it is called."""
        return TITLES[self.name]

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """The cases, the most urgent first. Raises InvalidInput."""
        office = self.cases.office(session)
        names = Names.in_force(session, self.cases, self.places)
        bounds = {name: value for name, value in asked.items() if name not in {"from", "to", "by"}}
        today = now.astimezone(office.zone).date()
        question = read_question(session, {**bounds, "by": By.TOTAL}, reader, names, today)
        which, order, told = self._which(asked, now, office)
        english = reader.language.startswith("en")
        most, chosen = rows_asked(asked, MOST), self._chosen(question).where(which)
        said = [(WHICH, told[english]), *question_in_words(question, names, reader)[2:]]
        columns = (*_COMMON, _SPANS[self.name], *_DONE)

        def read(limit: int | None = None) -> Iterator[Row]:
            first = chosen.order_by(order, Case.id).limit(limit)
            rows = _details().where(Case.id.in_(first)).order_by(order, Case.id)
            found = session.execute(rows.execution_options(**in_pieces(limit)))
            return (self._row(row, now, names, office, english) for row in found)

        if wants_every_row(asked):
            long = LongRows(_count(session, chosen), read)
            return Table(self.name, self.title, columns, long, now, None, said, more={"rows": len(long)})
        rows = list(read(most))
        count = len(rows) if len(rows) < most else _count(session, chosen)
        notes = [(f"僅列{MOST:,}件。", f"Only {MOST:,} are listed.")] if count > MOST else []
        return Table(self.name, self.title, columns, rows, now, None, said, notes, {"rows": count})

    def _chosen(self, question: Asked) -> Any:
        """The open cases of a question; with what was done to them last where that decides."""
        found = select(Case.id).where(is_open(), *bounded(question.bounds.within))
        return _with_last_act(found) if self.name == "untouched" else found

    def _which(self, asked: Mapping[str, str], now: datetime, office: Office) -> tuple[Any, Any, Pair]:
        """Which open cases, in which order, and that in words."""
        if self.name == "overdue":
            return is_late(now), Case.next_due_at, ("最近期限已過", "The next due time is over")
        if self.name == "due-soon":
            window = asked.get("within") or "3d"
            if window not in WINDOWS:
                raise InvalidInput(f"within: one of {', '.join(WINDOWS)}")
            return is_soon(now, office, until(window, now, office)), Case.next_due_at, WINDOWS[window]
        days = _days(asked.get("days", ""))
        told = (f"{days} 天以上沒有任何處理", f"Nothing done for {days} days or more")
        since = now - timedelta(days=days)
        # Nothing is done to a case before it comes: this spares looking at what was done to new ones.
        return and_(Case.received_at <= since, CaseEvent.at <= since), CaseEvent.at, told

    def _row(self, row: Any, now: datetime, names: Names, office: Office, english: bool) -> Row:
        stands = lateness(row.next_due_at, None, now, office, row.paused_since).pair[english]
        spans: dict[str, Value] = {
            "due-soon": stands,
            "overdue": stands,
            "untouched": (now - row.done_at).days,
        }
        asked_for = ("（申請展延中）", " (extension asked for)")[english] if row.wishes else ""
        return Row(
            (
                row.number, names.of(By.ITEM, row.item_code)[english],
                names.of(By.DISTRICT, row.district or "")[english],
                names.of(By.UNIT, row.owner_unit)[english], row.handler or "",
                state_name(row.status)[english], row.next_due_at, spans[self.name],
                f"{act_name(row.act)[english]}{asked_for}", row.done_at,
            ),
            f"/console/cases/{row.number}",
        )  # fmt: skip


def until(window: str, now: datetime, office: Office) -> datetime:
    """Up to when a due time lies within one of WINDOWS."""
    if window == "4h":
        return now + _FOUR_HOURS
    return end_of_day(now, office) if window == "today" else soon_until(now, office)


def _details() -> Any:
    """Cases with what stands in their rows."""
    handler = (
        select(func.max(CaseAssignment.handler))
        .where(CaseAssignment.case_id == Case.id, CaseAssignment.active, CaseAssignment.lead)
        .correlate(Case)
        .scalar_subquery()
    )
    wishes = exists().where(CaseExtension.case_id == Case.id, CaseExtension.state == "pending")
    return _with_last_act(
        select(
            Case.number, Case.item_code, Case.district, Case.owner_unit, Case.status, Case.next_due_at,
            Case.paused_since,
            handler.label("handler"), CaseEvent.act, CaseEvent.at.label("done_at"), wishes.label("wishes"),
        )
    )  # fmt: skip


def _with_last_act(cases: Any) -> Any:
    """Cases with what somebody of the staff did to them last (else, that they were registered)."""
    last = (
        select(func.max(CaseEvent.sequence))
        .where(CaseEvent.case_id == Case.id, or_(CaseEvent.role.in_(_STAFF), CaseEvent.sequence == 1))
        .correlate(Case)
        .scalar_subquery()
    )
    return cases.join(CaseEvent, and_(CaseEvent.case_id == Case.id, CaseEvent.sequence == last))


def _count(session: Session, query: Any) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _days(text: str) -> int:
    """The days that an address asks for; UNTOUCHED_DAYS where it names none. Raises InvalidInput."""
    if not text.strip():
        return UNTOUCHED_DAYS
    if not text.strip().isdecimal() or not 1 <= int(text) <= MOST_UNTOUCHED_DAYS:
        raise InvalidInput(f"days: 1 to {MOST_UNTOUCHED_DAYS}")
    return int(text)
