"""Courtesy grades, from the averages of the quality room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Final

from sqlalchemy.orm import Session

from gateway.quality.averages import standings
from gateway.quality.rules import grade_of, hundredths
from gateway.quality.standard import Grade, Standard
from gateway.quality.views import Standing
from gateway.reports.conversations.framing import Question, Rules, question
from gateway.reports.conversations.periods import By, Key
from gateway.reports.tables import Pair, Reader, Row, Table, Value

BY_GRADE: Final = ("from_score", "operators", "sheets")
BY_OPERATOR: Final = ("sheets", "average", "grade")
_HUNDREDTHS: Final = 100


class Grades:
    """How many operators have which grade; and, before who may know, which operator has which."""

    name = "grades"
    title: Pair = ("禮貌等第", "Courtesy grades")
    groups = (By.GRADE, By.OPERATOR)
    of_channels = False

    def __init__(self, rules: Rules, standard: Standard) -> None:
        self._rules = rules
        self._standard = standard

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """A row for each grade or operator."""
        asked = {**asked, "channel": ""}
        names: Mapping[Key, Pair] = {grade.code: grade.pair for grade in self._standard.grades}
        wanted = question(
            self.name, self.title, self.groups, session, asked, reader, now, self._rules, names
        )  # fmt: skip
        period = wanted.period
        found = standings(session, period.first, period.last, period.zone)
        if wanted.by is By.GRADE:
            return self._by_grade(wanted, found)
        rows: dict[Key, tuple[Value, ...]] = {
            one.operator: self._cells(wanted, one.sheets, one.average) for one in found
        }
        sheets = sum(one.sheets for one in found)
        average = sum((one.average * one.sheets for one in found), Fraction()) / sheets if sheets else None
        whole = wanted.total(self._cells(wanted, sheets, average))
        return wanted.table(
            BY_OPERATOR, wanted.rows(wanted.sorted_names(rows), lambda cells: cells), whole
        )  # fmt: skip

    def _by_grade(self, wanted: Question, found: Sequence[Standing]) -> Table:
        rows: list[Row] = []
        for grade in self._standard.grades:
            mine = [one for one in found if self._grade(one.average) == grade]
            rows.append(
                Row((wanted.told(grade.code), grade.least, len(mine), sum(one.sheets for one in mine)))
            )
        whole = (None, len(found), sum(one.sheets for one in found))
        return wanted.table(BY_GRADE, rows, wanted.total(whole))

    def _grade(self, average: Fraction) -> Grade:
        return grade_of(average, self._standard.grades)

    def _cells(self, wanted: Question, sheets: int, average: Fraction | None) -> tuple[Value, ...]:
        if average is None:
            return sheets, None, None
        name = self._grade(average).pair[wanted.reader.language == "en"]
        return sheets, hundredths(average) / _HUNDREDTHS, name
