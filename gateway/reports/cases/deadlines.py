"""The reports on deadlines: one question, four sets of columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.models import CaseChange
from gateway.cases.service import CaseService
from gateway.places.service import Places
from gateway.reports.cases.asking import (
    NONE,
    Asked,
    is_of_periods,
    question_in_words,
    read_question,
)
from gateway.reports.cases.defining import column
from gateway.reports.cases.dimensions import BY_TEXT, By
from gateway.reports.cases.figures import FLOWS, Figure
from gateway.reports.cases.lines import FIGURES, Line
from gateway.reports.cases.naming import Names
from gateway.reports.cases.rows import days_of_period, lines, whole
from gateway.reports.tables import Column, Form, Pair, Reader, Row, Table, Value

READ: Final[Mapping[str, tuple[Figure, ...]]] = {
    "clocks": (Figure.DUE_INSPECTION, Figure.DUE_COMPLETION),
    "flow": FLOWS,
}
"""What a report needs to be read, where that is not everything."""
CASES_OF: Final = "/console/reports/cases"
TOTAL: Final = ("合計", "Total")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "deadlines": (
        "received", "finished", "on_time", "late", "late_rate", "extended", "reassigned", "merged",
        "mean_days", "p50_days", "p90_days", "p95_days", "closing", "due_soon", "overdue_now", "satisfaction",
    ),
    "flow": (
        "opening", "received", "moved_in", "resumed", "finished", "not_processed", "withdrawn", "merged",
        "converted", "moved_out", "closing",
    ),
    "clocks": (
        "inspection_due", "inspection_on_time", "inspection_late", "inspection_open", "inspection_rate",
        "completion_due", "completion_on_time", "completion_late", "completion_open", "completion_rate",
    ),
    "corrections": (
        "received", "reassigned", "returned", "moved_in", "moved_out", "extended", "extension_refused",
        "merged", "converted", "reopened", "withdrawn", "not_processed",
    ),
}  # fmt: skip
"""The columns of each report, by the keys of their definitions."""
TITLES: Final[Mapping[str, Pair]] = {
    "deadlines": ("處理時效", "Deadlines"),
    "flow": ("收辦平衡", "In and out"),
    "clocks": ("勘查與完成兩階段時效", "Inspection and completion"),
    "corrections": ("改分、展期與更正", "Reassignments, extensions and corrections"),
}
_LAST: Final = "\uffff"
"""After every name."""


@dataclass(frozen=True)
class DeadlineReport:
    """One of the reports on deadlines."""

    name: str
    cases: CaseService
    places: Places

    @property
    def title(self) -> Pair:
        """What it is called."""
        return TITLES[self.name]

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for every unit, item, district … or period. Raises InvalidInput."""
        office = self.cases.office(session)
        names = Names(self.cases.tools(session).catalogue, self.places)
        question = read_question(session, asked, reader, names, now.astimezone(office.zone).date())
        stands = not {"opening", "closing"}.isdisjoint(COLUMNS[self.name])
        found = lines(session, question, names, now, office, standing=stands, figures=READ.get(self.name, ()))
        keys, english = COLUMNS[self.name], reader.language.startswith("en")
        # A unit that has only zeros in these columns says nothing; a day without a case does.
        told = {key: line for key, line in found.items() if is_of_periods(question.by) or _says(line, keys)}
        rows = [
            Row((names.of(question.by, key)[english], *_cells(told[key], keys)), link(question, key))
            for key in sorted(told, key=lambda key: key or _LAST)
        ]
        total = whole(session, question, found, now, office)
        heading = Column(question.by, *BY_TEXT[question.by])
        return Table(
            self.name, self.title, (heading, *(column(key, FIGURES[key][0]) for key in keys)), rows,
            known_until(session, now), Row((TOTAL[english], *_cells(total, keys)), link(question)),
            question_in_words(question, names, reader),
            more={"by": question.by.value, "keys": sorted(told, key=lambda key: key or _LAST)},
        )  # fmt: skip


def known_until(session: Session, now: datetime) -> datetime:
    """Up to when everything that happened to cases is counted."""
    waiting = session.scalar(select(func.min(CaseChange.at)))
    return now if waiting is None else min(waiting, now)


def link(asked: Asked, key: str | None = None) -> str:
    """The cases of a row: the same question, within the row's own bounds."""
    query = {"from": asked.bounds.first.isoformat(), "to": asked.bounds.last.isoformat(), **asked.filters}
    if key is not None and is_of_periods(asked.by):
        first, last = _days_of(asked, key)
        query |= {"from": first.isoformat(), "to": last.isoformat()}
    elif key is not None and asked.by is not By.TOTAL:
        query[asked.by.value] = key or NONE
    return f"{CASES_OF}?{urlencode(query)}"


def _days_of(asked: Asked, key: str) -> tuple[date, date]:
    first, last = days_of_period(key, asked.by)
    return max(first, asked.bounds.first), min(last, asked.bounds.last)


def _cells(line: Line, keys: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(FIGURES[key][1](line) for key in keys)


def _says(line: Line, keys: tuple[str, ...]) -> bool:
    return any(FIGURES[key][1](line) for key in keys if FIGURES[key][0] is Form.COUNT)
