"""Reports on conversations on their page: the question as a form, how they are drawn, where rows lead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.console.report_cells import Grid
from gateway.console.report_form import Option, ReportForm, Select
from gateway.reports.conversations.framing import GroupedReport, may_know_operators
from gateway.reports.conversations.periods import CHANNELS, DAYS_SHOWN, NAMES, By
from gateway.reports.tables import Pair, Reader, Table

DRAWN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "conversations": (
        "stacked", ("contained", "person", "not_answered", "down_after", "again", "pending"),
    ),
    "waiting": ("stacked", ("taken", "instead", "abandoned", "waiting")),
    "escalations": (
        "stacked",
        ("asked", "emergency", "distress", "failed_answers", "thumbs_down", "case_failed"),
    ),
    "handling": ("bar", ("handling_median", "handling_p90")),
    "satisfaction": ("bar", ("speed", "result")),
    "conversation-cases": ("stacked", ("by_bot", "by_people")),
    "grades": ("bar", ("operators",)),
}  # fmt: skip
"""How a report is drawn: the kind of chart and its columns."""
BARS: Final = 62
"""A chart of more rows than that cannot be read."""
_IN_TIME: Final = frozenset({By.DAY, By.WEEK, By.MONTH, By.HOUR, By.WEEKDAY})


def talk_form(
    report: GroupedReport, given: Mapping[str, str], reader: Reader, now: datetime, zone: ZoneInfo
) -> ReportForm:
    """The fields of a report on conversations, filled in as the address asks."""
    english = reader.language == "en"
    today = now.astimezone(zone).date()
    last = _day(given.get("to", "")) or today
    first = _day(given.get("from", "")) or last - timedelta(days=DAYS_SHOWN - 1)
    groups = [by for by in report.groups if by is not By.OPERATOR or may_know_operators(reader)]
    by = None
    if len(groups) > 1:
        options = [(one.value, NAMES[one][english]) for one in groups]
        by = Select("by", ("依", "By")[english], options, given.get("by") or groups[0].value)
    channels: list[Option] = [(key, pair[english]) for key, pair in CHANNELS.items()]
    every = ("", ("全部", "All")[english])
    select = Select("channel", NAMES[By.CHANNEL][english], [every, *channels], given.get("channel", ""))
    quick = [(pair[english], query) for pair, query in _quick(report, given, today)]
    return ReportForm(
        period=(first.isoformat(), last.isoformat()), by=by, selects=[select] if report.of_channels else [],
        more=None, days=None, quick=quick, kept=[],
    )  # fmt: skip


def talk_drawing(table: Table | None) -> dict[str, Any] | None:
    """How the table is drawn; None where it is not."""
    if table is None or table.key not in DRAWN or not 1 < len(table.rows) <= BARS:
        return None
    kind, columns = DRAWN[table.key]
    x = table.columns[0].key
    known = {column.key for column in table.columns}
    if not known.issuperset(columns):
        return None
    return {"kind": kind, "x": x, "ys": columns, "ordered": x in _IN_TIME}


def leading_on(grid: Grid, table: Table) -> Grid:
    """The grid with each row's name leading to what the row is made of."""
    rows = [
        [cells[0]._replace(url=row.link), *cells[1:]]
        for cells, row in zip(grid.rows, table.rows, strict=False)
    ]
    return grid._replace(rows=rows)


def _quick(report: GroupedReport, given: Mapping[str, str], today: date) -> list[tuple[Pair, str]]:
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    spans = (
        (("今日", "Today"), today, today, By.HOUR),
        (("最近 7 日", "Last 7 days"), today - timedelta(days=6), today, By.DAY),
        (("上月", "Last month"), before, month - timedelta(days=1), By.DAY),
        (("最近半年", "Last half-year"), today - timedelta(days=182), today, By.MONTH),
    )
    kept = f"&channel={given['channel']}" if given.get("channel") in CHANNELS else ""
    return [
        (pair, f"from={first}&to={last}" + (f"&by={by}{kept}" if by in report.groups else ""))
        for pair, first, last, by in spans
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
