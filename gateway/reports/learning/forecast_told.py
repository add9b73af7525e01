"""The forecast as a table: each day with the least and the most to be reckoned with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from gateway.reports.learning.asked import CannotBeAsked
from gateway.reports.learning.days import Kind
from gateway.reports.learning.forecast import ALL, CITY, Day, Forecast, Made, Wanted
from gateway.reports.learning.forecasting import AHEAD, FEWEST_DAYS, Method
from gateway.reports.learning.intervals import COVERED, Area
from gateway.reports.learning.names import Names
from gateway.reports.learning.seasons_told import WEEKDAYS
from gateway.reports.tables import Column, Form, Pair, Row, Table

TITLE: Final[Pair] = ("未來兩週案件量", "Cases of the next two weeks")
COLUMNS: Final = (
    Column("day", "日期", "Day", Form.DAY),
    Column("kind", "星期", "Weekday"),
    Column("area", "範圍", "Area"),
    Column("expected", "預估件數", "Expected", Form.SCORE),
    Column("low", "最少", "Least", Form.COUNT),
    Column("high", "最多", "Most", Form.COUNT),
)
WHOLE_CITY: Final[Pair] = ("全市", "Whole city")
AREAS: Final[Mapping[Area, Pair]] = {Area.CITY: WHOLE_CITY, Area.DISTRICT: ("各行政區", "Districts")}
METHODS: Final[Mapping[Method, Pair]] = {
    Method.LAST_WEEK: ("上週同日", "the same weekday last week"),
    Method.FOUR_WEEKS: ("前四週同星期的平均", "the mean of the last four such weekdays"),
    Method.MODEL: ("日曆與近況迴歸模型", "a regression on calendar and recent weeks"),
}
OFF: Final[Mapping[Kind, Pair]] = {
    Kind.HOLIDAY: ("（放假）", " (day off)"),
    Kind.MAKE_UP: ("（補班）", " (make-up day)"),
}
KEPT: Final[Pair] = ("結果保留 6 小時，之後重新計算。", "Reckoned anew after six hours.")
INTERVAL: Final[Pair] = (
    f"「最少」到「最多」是約 {COVERED:.0%} 的日子會落入的範圍；颱風等突發事件無法預知。",
    f"About {COVERED:.0%} of days lie from least to most; nobody can foresee a storm.",
)


def tell(found: Forecast, wanted: Wanted, names: Names, as_of: datetime) -> Table:
    """The days ahead of the area that is asked for. Raises CannotBeAsked for an unknown one."""
    known = {CITY, ALL, *(one.zh for one in names.places.districts)}
    if wanted.area not in known:
        raise CannotBeAsked(f"area: {wanted.area}")
    days = [one for one in found.days if _wanted(one, wanted.area)]
    area = Area.CITY if wanted.area == CITY else Area.DISTRICT
    made = found.made.get(area)
    notes = [KEPT]
    if made is None:
        notes.insert(0, _too_little(found))
    else:
        notes = (
            [INTERVAL, *_how(made, area), KEPT]
            if days and days[0].low is not None
            else [*_how(made, area), KEPT]
        )
    if made is not None and not days:
        notes.insert(0, ("這個範圍近期沒有案件。", "There were no cases here of late."))
    first = wanted.last + timedelta(days=1)
    return Table(
        "forecast", TITLE, COLUMNS, [_row(one, names) for one in days], as_of,
        asked=(
            (("期間", "Period"), names.span(first, wanted.last + timedelta(days=AHEAD))),
            (("範圍", "Area"), _area(wanted.area, names)),
        ),
        notes=notes,
        more={"made": {area.value: _figures(one) for area, one in found.made.items()}, "known": found.known},
    )  # fmt: skip


def _wanted(one: Day, area: str) -> bool:
    if area == CITY:
        return one.city
    return not one.city and area in {ALL, one.district}


def _row(one: Day, names: Names) -> Row:
    where = names.pick(WHOLE_CITY) if one.city else names.district(one.district)
    low, high = (None if bound is None else int(bound) for bound in (one.low, one.high))
    return Row((one.day, _weekday(one.day, one.kind, names), where, round(one.expected, 1), low, high))


def _weekday(day: date, kind: Kind, names: Names) -> str:
    return names.pick(WEEKDAYS[day.weekday()]) + (names.pick(OFF[kind]) if kind in OFF else "")


def _area(area: str, names: Names) -> str:
    said = {CITY: WHOLE_CITY, ALL: AREAS[Area.DISTRICT]}
    return names.pick(said[area]) if area in said else names.district(area)


def _how(made: Made, area: Area) -> list[Pair]:
    zh, en = METHODS[made.method]
    notes: list[Pair] = [(f"{AREAS[area][0]}的預估方法：{zh}。", f"How it is told: {en}.")]
    if not made.errors:
        return [
            *notes,
            (
                "資料還太少，無法檢驗準確度，也無法給出範圍。",
                "Too little data yet to try it, or to tell an interval.",
            ),
        ]
    told = [(method, one) for method, one in made.errors.items()]
    notes.append(
        (
            f"以過去 {made.tried} 天檢驗，平均誤差占件數的比例："
            + "、".join(f"{METHODS[method][0]} {one.wape:.1%}" for method, one in told) + "。",
            f"Tried on {made.tried} days of the past, errors as a share of cases: "
            + "; ".join(f"{METHODS[method][1]} {one.wape:.1%}" for method, one in told) + ".",
        )
    )  # fmt: skip
    if made.method is not Method.MODEL and Method.MODEL in made.errors:
        notes.append(
            (
                "模型沒有比簡單的方法準，因此採用簡單的方法。",
                "The model is no better than the plain way, so the plain way is used.",
            )
        )
    if made.inside is not None:
        notes.append(
            (
                f"過去落在範圍內的日子占 {made.inside:.1%}（目標 {COVERED:.0%}）。",
                f"In the past {made.inside:.1%} of days lay within the interval (meant: {COVERED:.0%}).",
            )
        )
    return notes


def _too_little(found: Forecast) -> Pair:
    return (
        f"資料不足：近四週至少要有 {FEWEST_DAYS} 天完整紀錄才能預估，目前可用的共有 {found.known} 天。",
        f"Too little data: {FEWEST_DAYS} whole days of the last four weeks are needed; {found.known} are "
        "known in all.",
    )


def _figures(made: Made) -> dict[str, object]:
    tried = {method.value: {"mae": one.mae, "wape": one.wape} for method, one in made.errors.items()}
    return {"method": made.method.value, "tried": tried, "inside": made.inside, "days_tried": made.tried}
