"""The reports on deadlines: one question, four sets of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote_plus, urlencode

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
from gateway.reports.cases.rows import Need, days_of_period, lines, whole
from gateway.reports.tables import Column, Form, Pair, Reader, Row, Table, Value

NEEDS: Final[Mapping[str, Need]] = {
    "deadlines": Need((*FLOWS, Figure.VERDICT, Figure.EXTENDED, Figure.REASSIGNED, Figure.RATED)),
    "flow": Need(FLOWS, valued=False),
    "clocks": Need((Figure.DUE_INSPECTION, Figure.DUE_COMPLETION), standing=False),
    "corrections": Need(
        (*FLOWS, Figure.REASSIGNED, Figure.RETURNED, Figure.EXTENDED, Figure.EXTENSION_REFUSED),
        valued=False, standing=False,
    ),
}  # fmt: skip
"""What is read for the columns of each report."""
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
        names = Names.in_force(session, self.cases, self.places)
        question = read_question(session, asked, reader, names, now.astimezone(office.zone).date())
        found = lines(session, question, names, now, office, NEEDS[self.name])
        keys, english = COLUMNS[self.name], reader.language.startswith("en")
        in_time, leading = is_of_periods(question.by), links(question)
        cells = {key: _cells(found[key], keys) for key in sorted(found, key=lambda key: key or _LAST)}
        # A unit that has only zeros in these columns says nothing; a day without a case does.
        told = {key: row for key, row in cells.items() if in_time or _says(row, keys)}
        rows = [
            Row((names.of(question.by, key)[english], *row), leading(key)) for key, row in told.items()
        ]  # fmt: skip
        total = whole(session, question, found, now, office)
        heading = Column(question.by, *BY_TEXT[question.by])
        return Table(
            self.name, self.title, (heading, *(column(key, FIGURES[key][0]) for key in keys)), rows,
            known_until(session, now), Row((TOTAL[english], *_cells(total, keys)), leading(None)),
            question_in_words(question, names, reader),
            more={"by": question.by.value, "keys": list(told)},
        )  # fmt: skip


def known_until(session: Session, now: datetime) -> datetime:
    """Up to when everything that happened to cases is counted."""
    waiting = session.scalar(select(func.min(CaseChange.at)))
    return now if waiting is None else min(waiting, now)


def links(asked: Asked) -> Callable[[str | None], str]:
    """The address of a row's cases, by its key (None: of all rows): the same question, within its bounds."""
    days = {"from": asked.bounds.first.isoformat(), "to": asked.bounds.last.isoformat()}
    rest = urlencode({name: value for name, value in asked.filters.items() if name != asked.by.value})
    every = f"{CASES_OF}?{urlencode(days | dict(asked.filters))}"
    start = "&".join(part for part in (f"{CASES_OF}?{urlencode(days)}", rest) if part)

    def link(key: str | None) -> str:
        if key is None or asked.by is By.TOTAL:
            return every
        if is_of_periods(asked.by):
            first, last = _days_of(asked, key)
            own = urlencode({"from": first.isoformat(), "to": last.isoformat(), **asked.filters})
            return f"{CASES_OF}?{own}"
        return f"{start}&{asked.by.value}={quote_plus(key or NONE)}"

    return link


def _days_of(asked: Asked, key: str) -> tuple[date, date]:
    first, last = days_of_period(key, asked.by)
    return max(first, asked.bounds.first), min(last, asked.bounds.last)


def _cells(line: Line, keys: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(FIGURES[key][1](line) for key in keys)


def _says(cells: tuple[Value, ...], keys: tuple[str, ...]) -> bool:
    return any(cell for cell, key in zip(cells, keys, strict=True) if FIGURES[key][0] is Form.COUNT)
