"""The report of lags: every unit with what was due, what is not done, and what it said to that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from gateway.cases.service import CaseService
from gateway.places.service import Places
from gateway.reports.behind.models import LagNotice
from gateway.reports.behind.rules import Lag
from gateway.reports.behind.service import lags, latest
from gateway.reports.cases.asking import Asked, question_in_words, read_question
from gateway.reports.cases.deadlines import CASES_OF, known_until
from gateway.reports.cases.defining import column
from gateway.reports.cases.dimensions import By
from gateway.reports.cases.naming import Names
from gateway.reports.cases.periods import ONE_DAY
from gateway.reports.tables import Column, Form, Pair, Reader, Row, Table, Value

TITLE: Final = ("進度落後與稽催", "Behind plan")
THRESHOLD: Final = ("門檻", "Threshold")
STATES: Final[Mapping[str, Pair]] = {
    "in_plan": ("未達門檻", "Within plan"),
    "to_ask": ("待稽催", "To be asked"),
    "asked": ("已稽催，待說明", "Asked, no answer yet"),
    "answered": ("已說明", "Answered"),
}


@dataclass(frozen=True)
class LagReport:
    """Units by how far they are behind, and the threshold from which they must explain (0 to 1)."""

    cases: CaseService
    places: Places
    threshold: float
    name: str = "behind"
    title: Pair = TITLE

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for every unit with completions due up to yesterday. Raises InvalidInput."""
        names = Names.in_force(session, self.cases, self.places)
        question = self.question(session, asked, reader, now)
        found = lags(session, question.bounds)
        said = latest(session, [lag.unit for lag in found])
        english = reader.language.startswith("en")
        rows = [
            self._row(lag, said.get(lag.unit), question, names.of(By.UNIT, lag.unit)[english], english)
            for lag in found
        ]
        columns = (
            Column("unit", "單位", "Unit"), column("completion_due", Form.COUNT),
            column("completion_open", Form.COUNT), column("lag", Form.SHARE),
            Column("state", "狀態", "State"),
            Column("asked", "稽催時間", "Asked", Form.MOMENT), Column("reason", "落後原因", "Reason"),
            Column("recovery", "改善作法", "Recovery"), Column("until", "預計趕上", "Until", Form.DAY),
        )  # fmt: skip
        told = [*question_in_words(question, names, reader), (THRESHOLD, f"{self.threshold:.2%}")]
        return Table(
            self.name, self.title, columns, rows, known_until(session, now), None, told,
            more={"units": [lag.unit for lag in found]},
        )  # fmt: skip

    def question(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Asked:
        """The period as it is asked for, up to yesterday: what is due today may still be done."""
        names = Names.in_force(session, self.cases, self.places)
        today = now.astimezone(self.cases.office(session).zone).date()
        question = read_question(session, {**asked, "by": By.UNIT}, reader, names, today)
        last = max(min(question.bounds.last, today - ONE_DAY), question.bounds.first)
        return replace(question, bounds=replace(question.bounds, last=last))

    def is_behind(self, lag: Lag) -> bool:
        """Whether a unit must explain."""
        return lag.must_explain(self.threshold)

    def _row(self, lag: Lag, said: LagNotice | None, question: Asked, name: str, english: bool) -> Row:
        concerned = said if said and _overlap(said, question.bounds.first, question.bounds.last) else None
        state = "in_plan"
        if self.is_behind(lag):
            state = "to_ask" if concerned is None else "answered" if concerned.answered_at else "asked"
        told: tuple[Value, ...] = (None,) * 4
        if concerned is not None:
            told = (concerned.asked_at, concerned.reason, concerned.recovery, concerned.recovered_by)
        cells = (name, lag.due, lag.not_done, lag.share, STATES[state][english], *told)
        query = urlencode(
            {"from": question.bounds.first, "to": question.bounds.last, "unit": lag.unit}
        )  # fmt: skip
        return Row(cells, f"{CASES_OF}?{query}")


def _overlap(said: LagNotice, first: date, last: date) -> bool:
    return said.first <= last and said.last >= first
