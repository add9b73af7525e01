"""Profiles of the year, the week and the day as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from gateway.reports.learning.names import Names
from gateway.reports.learning.seasons import FEWEST_CASES, FEWEST_DAYS, Part, Profile, Season, Wanted
from gateway.reports.tables import Column, Form, Pair, Row, Table

TITLE: Final[Pair] = ("季節與時段", "Seasons and hours")
WEEKDAYS: Final[Sequence[Pair]] = (
    ("星期一", "Monday"), ("星期二", "Tuesday"), ("星期三", "Wednesday"), ("星期四", "Thursday"),
    ("星期五", "Friday"), ("星期六", "Saturday"), ("星期日", "Sunday"),
)  # fmt: skip
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
PROFILES: Final[Mapping[Profile, Pair]] = {
    Profile.MONTH: ("月份", "Month"),
    Profile.WEEKDAY: ("星期", "Weekday"),
    Profile.HOUR: ("時段", "Hour"),
    Profile.WEEK: ("星期與時段", "Hour of the week"),
}
FIGURES: Final = (
    Column("cases", "件數", "Cases", Form.COUNT),
    Column("days", "天數", "Days", Form.COUNT),
    Column("a_day", "平均每日件數", "Cases a day", Form.SCORE),
    Column("index", "與平均相比（倍）", "Times the average", Form.SCORE),
)
_HOUR: Final = Column("hour", "時段", "Hour")
_WEEKDAY: Final = Column("weekday", "星期", "Weekday")
PARTS: Final[Mapping[Profile, tuple[Column, ...]]] = {
    Profile.MONTH: (Column("month", "月份", "Month"),),
    Profile.WEEKDAY: (_WEEKDAY,),
    Profile.HOUR: (_HOUR,),
    Profile.WEEK: (_WEEKDAY, _HOUR),
}
"""The columns that say which part of the year, the week or the day a row is of."""
KEPT: Final[Pair] = (
    "只計紀錄完整的日子，爆量的日子也在內。結果保留 6 小時，之後重新計算。",
    "Days with a whole record, storms among them. Reckoned anew after six hours.",
)


def tell(found: Season, wanted: Wanted, names: Names, as_of: datetime) -> Table:
    """The profile; no rows where too little is known, and a note that says so."""
    notes = [KEPT] if found.enough else [_too_little(found, wanted.profile), KEPT]
    asked: list[tuple[Pair, str]] = [
        (("依", "By"), names.pick(PROFILES[wanted.profile])),
        (
            ("反映項目", "Service item"),
            names.item(wanted.item) if wanted.item else names.pick(("全部", "All")),
        ),
    ]
    if found.first is not None:
        asked.append((("期間", "Period"), names.span(found.first, wanted.last)))
    rows = [_row(one, wanted.profile, names) for one in found.parts] if found.enough else []
    columns = (*PARTS[wanted.profile], *FIGURES)
    return Table(
        "seasons", TITLE, columns, rows, as_of, asked=asked, notes=notes,
        more={"days": found.days, "cases": found.cases, "enough": found.enough},
    )  # fmt: skip


def _row(one: Part, profile: Profile, names: Names) -> Row:
    a_day = None if one.a_day is None else round(one.a_day, 2)
    index = None if one.index is None else round(one.index, 2)
    return Row((*_when(one, profile, names), one.cases, one.days, a_day, index))


def _when(one: Part, profile: Profile, names: Names) -> Sequence[str]:
    if profile is Profile.MONTH:
        month = one.place[0]
        return [names.pick((f"{month + 1} 月", MONTHS[month]))]
    weekday = [] if profile is Profile.HOUR else [names.pick(WEEKDAYS[one.place[0]])]
    hour = [] if profile is Profile.WEEKDAY else [f"{one.place[-1]:02d}:00–{one.place[-1]:02d}:59"]
    return [*weekday, *hour]


def _too_little(found: Season, profile: Profile) -> Pair:
    needed = FEWEST_DAYS[profile]
    return (
        f"資料不足：至少要有 {needed:,} 天完整紀錄與 {FEWEST_CASES} 件案件才看得出規律，"
        f"目前有 {found.days:,} 天、{found.cases:,} 件。",
        f"Too little data: {needed:,} whole days and {FEWEST_CASES} cases are needed to speak of a pattern; "
        f"there are {found.days:,} days and {found.cases:,} cases.",
    )
