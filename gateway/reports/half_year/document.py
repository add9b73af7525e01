"""The report as a document: what is written as text, as a page, as OpenDocument and as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from gateway.reports.figures.book import WAY_TEXT, Entry
from gateway.reports.figures.catalogue import Figure, figures, shown
from gateway.reports.figures.months import Month, Period, months_zh, roc_day
from gateway.reports.figures.reckoning import ORIGIN_TEXT, Cell, Origin, Sheet, Total
from gateway.reports.half_year.wording import OUTSIDE_MARK, Standing, Wording, percent, remarks, sentences
from gateway.reports.tables import Pair

TITLE: Final[Pair] = ("1999話務及陳情服務工作報告", "1999 service report")
PERIOD: Final[Pair] = ("期間", "Period")
DRAWN_UP: Final[Pair] = ("製表時間", "Drawn up")
NOTES: Final[Pair] = ("統計說明", "Notes")
SOURCES: Final[Pair] = ("人工填報／匯入資料明細", "What was entered or imported, and by whom")
SUMMARY_HEADS: Final[Sequence[Pair]] = (
    ("統計項目", "Figure"), ("單位", "Unit"), ("本期", "This period"), ("上期", "Period before"),
    ("增減", "Change"), ("增減率", "Change in %"), ("資料性質", "Where from"),
)  # fmt: skip
NOTHING: Final = "—"


@dataclass(frozen=True)
class Section:
    """One section: sentences (Chinese), figures with their months, notes."""

    key: str
    heading: Pair
    sentences: Sequence[str]
    standings: Sequence[Standing]
    notes: Sequence[Pair]


@dataclass(frozen=True)
class Document:
    """The whole report. Times are the city's."""

    period: Period
    drawn_up: datetime
    sections: Sequence[Section]
    notes: Sequence[Pair]
    entries: Sequence[Entry]
    """What was entered from outside, whether or not it holds."""

    @property
    def title(self) -> Pair:
        """Such as 107年下半年1999話務及陳情服務工作報告."""
        return f"{self.period.short_zh}{TITLE[0]}", f"{TITLE[1]}, {self.period.en}"

    @property
    def sources(self) -> Sequence[str]:
        """Who entered what and when, a line for everything of one hand at one time."""
        hands: dict[tuple[str, str, str, datetime], dict[Figure, list[Month]]] = {}
        for entry in self.entries:
            hand = entry.source, WAY_TEXT[entry.way][0], entry.entered_by, entry.entered_at
            hands.setdefault(hand, {}).setdefault(figures().all[entry.figure], []).append(entry.month)
        return [
            f"{by}於{moment_zh(at.astimezone(self.drawn_up.tzinfo))}{way}，來源「{source}」：{_of_months(told)}。"
            for (source, way, by, at), told in hands.items()
        ]

    @property
    def head(self) -> Sequence[tuple[Pair, Pair]]:
        """The lines below the title."""
        at = self.drawn_up
        return (
            (PERIOD, (self.period.zh, self.period.en)),
            (DRAWN_UP, (moment_zh(at), f"{at:%Y-%m-%d %H:%M}")),
        )


def moment_zh(at: datetime) -> str:
    """An instant of the city's time: 民國108年1月5日 09:30."""
    return f"民國{roc_day(at.date())} {at:%H:%M}"


def drawn_up(
    period: Period,
    sheet: Sheet,
    sections: Sequence[Wording],
    at: datetime,
    live: Month | None,
    zone: ZoneInfo,
    behind: datetime | None = None,
) -> Document:
    """The report of a period from its sheet, which holds the period before and the year too. `behind`: up to
    when cases are counted, where that is not now."""
    year = period.year_so_far
    standings = {
        figure.code: Standing(
            figure, sheet.over(figure, period), sheet.over(figure, period.before),
            sheet.over(figure, year) if year is not None else None,
        )
        for figure in sheet.known.all.values()
    }  # fmt: skip
    made = [
        Section(
            section.key, section.heading, sentences(section, standings, period.before),
            [standings[code] for code in section.figures],
            [*section.notes, *_quarrels(standings, section.figures)],
        )
        for section in sections
    ]  # fmt: skip
    entries = [
        cell.entry
        for code in standings
        for month in period.months
        if (cell := sheet.cell(month, code)) is not None and cell.entry is not None
    ]
    here = at.astimezone(zone)
    notes = _notes(period, here, live)
    if behind is not None:
        notes.insert(0, _behind(behind.astimezone(zone)))
    return Document(period, here, made, notes, entries)


def origin_of(total: Total, english: bool = False) -> str:
    """Where a period's value comes from, with the months of each where there are several."""
    months: dict[Origin, list[Month]] = {}
    for month, cell in total.cells.items():
        months.setdefault(cell.origin, []).append(month)
    if len(months) <= 1:
        return next((ORIGIN_TEXT[origin][english] for origin in months), NOTHING)
    if english:
        return "; ".join(
            f"{ORIGIN_TEXT[origin][1]} ({', '.join(map(str, told))})" for origin, told in months.items()
        )
    return "、".join(f"{ORIGIN_TEXT[origin][0]}（{months_zh(told)}）" for origin, told in months.items())


def summary_cells(standing: Standing, english: bool = False) -> list[str]:
    """A line of the table of a section, by SUMMARY_HEADS."""
    figure, change, share = standing.figure, standing.change, standing.change_share
    return [
        figure.pair[english], figure.unit[english],
        _over(figure, standing.now), _over(figure, standing.before),
        NOTHING if change is None else ("-" if change < 0 else "") + shown(figure, abs(change)),
        NOTHING if share is None else percent(share),
        origin_of(standing.now, english),
    ]  # fmt: skip


def month_cell(standing: Standing, month: Month) -> str:
    """A month of a figure, as people read it."""
    cell = standing.now.cells.get(month)
    return NOTHING if cell is None else shown(standing.figure, cell.value) + _mark(cell.origin.is_outside)


def without(total: Total) -> str:
    """Which months are missing in a value that is there."""
    return f"未含{months_zh(total.missing)}" if total.missing and total.value is not None else ""


def _over(figure: Figure, total: Total) -> str:
    if total.value is None:
        return NOTHING
    return shown(figure, total.value) + _mark(total.has_outside) + ("（缺月）" if total.missing else "")


def _mark(outside: bool) -> str:
    return OUTSIDE_MARK if outside else ""


def _notes(period: Period, here: datetime, live: Month | None) -> list[Pair]:
    told = remarks()
    running = Month.of(here.date())
    ends = [_filled(told["running"], running)] if period.first <= running <= period.last else []
    begins = told["not_live"] if live is None else _filled(told["live"], live)
    return [told["rule"], begins, *ends, told["mark"], told["dash"]]


def _behind(at: datetime) -> Pair:
    return (
        f"案件仍在彙計：{moment_zh(at)}以後的異動，以及系統升級後尚待補計的案件，還沒有計入。",
        f"Cases are still being counted: what happened after {at:%Y-%m-%d %H:%M}, and cases that wait to be "
        "counted since an upgrade, are not in yet.",
    )


def _filled(pair: Pair, month: Month) -> Pair:
    return pair[0].format(zh=month.zh), pair[1].format(en=month.en)


def _quarrels(standings: Mapping[str, Standing], codes: Sequence[str]) -> list[Pair]:
    """Where two numbers of the same thing differ: both are told, and which one holds."""
    told = []
    for standing in (standings[code] for code in codes):
        for month, cell in standing.now.cells.items():
            if (numbers := cell.two_numbers) is not None:
                told.append(_two_numbers(standing.figure, month, cell, numbers))
        told += _sum_differs(standing, standings)
    return told


def _two_numbers(figure: Figure, month: Month, cell: Cell, numbers: tuple[Fraction, Fraction]) -> Pair:
    outside, own = (shown(figure, number) for number in numbers)
    unit, holds = figure.unit[0], ORIGIN_TEXT[cell.origin]
    return (
        f"{figure.zh}{month.zh}：填報{outside}{unit}，平台統計{own}{unit}，採{holds[0]}。",
        f"{figure.en}, {month.en}: entered {outside}, counted {own}; what holds: {holds[1]}.",
    )


def _sum_differs(standing: Standing, standings: Mapping[str, Standing]) -> list[Pair]:
    figure, value = standing.figure, standing.now.value
    parts = [standings[code].now for code in figure.made_of]
    together = sum((part.value for part in parts if part.value is not None), Fraction(0))
    comparable = all(part.missing == standing.now.missing for part in parts)
    if not parts or value is None or not comparable or value == together:
        return []
    unit, own, summed = figure.unit[0], shown(figure, value), shown(figure, together)
    return [
        (
            f"{figure.zh}{own}{unit}，與細項合計{summed}{unit}不符。",
            f"{figure.en}: {own}, which is not the sum of its parts, {summed}.",
        )
    ]


def _of_months(told: Mapping[Figure, Sequence[Month]]) -> str:
    """Figures with their months, those of the same months together."""
    together: dict[str, list[str]] = {}
    for figure, months in told.items():
        together.setdefault(months_zh(months), []).append(figure.zh)
    return "；".join(f"{'、'.join(names)}（{months}）" for months, names in together.items())
