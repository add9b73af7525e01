"""The half-year report, and what was entered from outside, as tables beside all other reports.

Both tell of the whole city: they hold no case and nobody's data but the names of those who entered figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from itertools import product
from typing import Final

from sqlalchemy.orm import Session

from gateway.reports.figures.book import WAY_TEXT, in_force
from gateway.reports.figures.catalogue import Figure, Over, as_number, figures
from gateway.reports.figures.months import Period
from gateway.reports.figures.reckoning import Total
from gateway.reports.half_year.document import PERIOD, origin_of
from gateway.reports.half_year.service import HalfYear
from gateway.reports.half_year.wording import Standing
from gateway.reports.tables import Column, Form, Pair, Reader, Row, Table, Value

_FIGURE: Final = (
    Column("code", "代碼", "Code"),
    Column("figure", "統計項目", "Figure"),
    Column("unit", "單位", "Unit"),
)
_VALUES: Final = (
    Column("count", "數量", "Count", Form.COUNT),
    Column("share", "比率", "Share", Form.SHARE),
    Column("score", "分數", "Score", Form.SCORE),
)


def asked_period(asked: Mapping[str, str], half_year: HalfYear, now: datetime) -> Period:
    """The period of an address: `from` and `to`, else the last half-year that is over.

    Raises InvalidPeriod, InvalidMonth.
    """
    begins, ends = asked.get("from", "").strip(), asked.get("to", "").strip()
    if not begins and not ends:
        return Period.half_before(now.astimezone(half_year.zone).date())
    return Period.read(begins or ends, ends or begins)


class HalfYearReport:
    """Every figure of a period against the period before; the document itself has a page of its own."""

    name: Final = "half-year"
    title: Final[Pair] = ("半年工作報告統計", "Half-year report, in figures")

    def __init__(self, half_year: HalfYear) -> None:
        self._half_year = half_year

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """The period that is asked for. Raises InvalidPeriod, InvalidMonth."""
        period = asked_period(asked, self._half_year, now)
        document = self._half_year.draw_up(session, period, now)
        english = reader.language == "en"
        return Table(
            self.name, self.title,
            (
                Column("section", "章節", "Section"), *_FIGURE, *_VALUES,
                Column("before_count", "上期數量", "Count before", Form.COUNT),
                Column("before_share", "上期比率", "Share before", Form.SHARE),
                Column("before_score", "上期分數", "Score before", Form.SCORE),
                Column("change_share", "增減率", "Change", Form.SHARE),
                Column("missing", "缺少月份", "Missing months"), Column("origin", "資料性質", "Where from"),
            ),
            [
                Row((section.heading[english], *_cells(one, english)))
                for section in document.sections
                for one in section.standings
            ],
            now, asked=[(PERIOD, period.en if english else period.zh)],
            notes=[*(note for section in document.sections for note in section.notes), *document.notes],
        )  # fmt: skip


class OutsideFigures:
    """What was entered or imported of a period, with source, who and when; without what was corrected."""

    name: Final = "outside-figures"
    title: Final[Pair] = ("人工填報／匯入數字", "Figures entered or imported")

    def __init__(self, half_year: HalfYear) -> None:
        self._half_year = half_year

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        """The period that is asked for. Raises InvalidPeriod, InvalidMonth."""
        period = asked_period(asked, self._half_year, now)
        english, known = reader.language == "en", figures().all
        entries = in_force(session, period.months)
        rows = []
        for month, code in product(period.months, known):
            entry = entries.get((month, code))
            if entry is not None and entry.value is not None:
                figure = known[code]
                value = as_number(figure, Fraction(entry.value))
                rows.append(
                    Row(
                        (
                            str(month), *_named(figure, english), *_split(figure, value), entry.source,
                            WAY_TEXT[entry.way][english], entry.entered_by, entry.entered_at,
                        )
                    )
                )  # fmt: skip
        return Table(
            self.name, self.title,
            (
                Column("month", "月份", "Month"), *_FIGURE, *_VALUES, Column("source", "來源", "Source"),
                Column("way", "方式", "Way"), Column("entered_by", "填報人", "By"),
                Column("entered_at", "填報時間", "At", Form.MOMENT),
            ),
            rows, now, asked=[(PERIOD, period.en if english else period.zh)],
        )  # fmt: skip


def _cells(standing: Standing, english: bool) -> tuple[Value, ...]:
    figure, share = standing.figure, standing.change_share
    return (
        *_named(figure, english), *_of(figure, standing.now), *_of(figure, standing.before),
        None if share is None else float(share), ", ".join(map(str, standing.now.missing)),
        origin_of(standing.now, english),
    )  # fmt: skip


def _named(figure: Figure, english: bool) -> tuple[Value, ...]:
    return figure.code, figure.pair[english], figure.unit[english]


def _of(figure: Figure, total: Total) -> tuple[Value, Value, Value]:
    return (None, None, None) if total.value is None else _split(figure, as_number(figure, total.value))


def _split(figure: Figure, number: float) -> tuple[Value, Value, Value]:
    """A number in the column of its kind: counts, shares from 0 to 1, scores."""
    if figure.over is Over.SUM:
        return int(number), None, None
    return (None, round(number / 100, 6), None) if figure.is_share else (None, None, number)
