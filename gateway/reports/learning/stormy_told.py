"""Storms as a table: one line each, or one of them by item or district."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from gateway.errors import NotFound
from gateway.reports.learning.daily import By
from gateway.reports.learning.names import Names, cases_link
from gateway.reports.learning.outbreaks import LONGEST_AFTER, NORMAL, TIMES
from gateway.reports.learning.stormy import Share, Stormy, Told, Wanted
from gateway.reports.tables import Column, Form, Pair, Row, Table

BASE: Final = "/console/reports/storms"
TITLE: Final[Pair] = ("風災與爆量", "Storms")
COLUMNS: Final = (
    Column("first", "開始", "From", Form.DAY),
    Column("last", "結束", "To", Form.DAY),
    Column("closed", "停止上班", "Closed"),
    Column("cases", "件數", "Cases", Form.COUNT),
    Column("expected", "平日應有件數", "On quiet days", Form.SCORE),
    Column("ratio", "倍數", "Times", Form.SCORE),
    Column("peak_day", "最高峰日", "Peak", Form.DAY),
    Column("peak", "最高峰件數", "On that day", Form.COUNT),
    Column("normal", "恢復正常日", "Normal on", Form.DAY),
    Column("days_to_normal", "幾天後恢復", "Days until", Form.COUNT),
    Column("items", "增加最多的項目", "Items that grew most"),
    Column("districts", "增加最多的行政區", "Districts that grew most"),
)
HOW: Final[Pair] = (
    f"停止上班，或全市件數超過前後三個月同類日子中位數的 {TIMES} 倍。連續兩天降到 {NORMAL} 倍以下為恢復正常。"
    "恢復前再次爆量的併為一次。",
    f"Days of closure, or with more than {TIMES} times the median of like days in three months on each side. "
    f"Normal again: two days at most {NORMAL} times it. An outbreak before that belongs to the same storm.",
)
KEPT: Final[Pair] = ("結果保留 6 小時，之後重新計算。", "Reckoned anew after six hours.")
NONE: Final[Pair] = ("這段期間沒有停止上班，也沒有爆量的日子。", "No closure and no outbreak in these days.")


def tell(found: Stormy, wanted: Wanted, names: Names, as_of: datetime) -> Table:
    """The storms of the period, or the one that is asked for in detail. Raises NotFound."""
    if wanted.storm is not None:
        return _detail(found, wanted, names, as_of)
    notes = [HOW, KEPT] if found.told else [NONE, HOW, KEPT]
    return Table(
        "storms", TITLE, COLUMNS, [_row(one, wanted, names) for one in found.told], as_of,
        asked=((("期間", "Period"), names.span(wanted.period.first, wanted.period.last)),), notes=notes,
        more={"known_days": found.known},
    )  # fmt: skip


def _row(one: Told, wanted: Wanted, names: Names) -> Row:
    storm, whole = one.storm, one.whole
    link = {"from": wanted.period.first, "to": wanted.period.last, "storm": storm.first}
    return Row(
        (
            storm.first, storm.last, names.pick(("是", "yes") if storm.closed else ("否", "no")),
            whole.observed, _rounded(whole.expected), _rounded(whole.ratio), one.peak_day, one.peak,
            storm.normal_on, storm.days_to_normal,
            _list(one.worst_items, By.ITEM, names), _list(one.worst_districts, By.DISTRICT, names),
        ),
        f"{BASE}?{urlencode(link)}",
    )  # fmt: skip


def _detail(found: Stormy, wanted: Wanted, names: Names, as_of: datetime) -> Table:
    one = next((told for told in found.told if told.storm.first == wanted.storm), None)
    if one is None:
        raise NotFound(str(wanted.storm))
    storm, by_item = one.storm, wanted.by is By.ITEM
    heading = Column(wanted.by.value, *(("反映項目", "Service item") if by_item else ("行政區", "District")))
    columns = (heading, *(column for column in COLUMNS if column.key in {"cases", "expected", "ratio"}))
    rows = [
        Row(
            (_name(share, wanted.by, names), share.observed, _rounded(share.expected), _rounded(share.ratio)),
            cases_link(
                storm.first, storm.last,
                item=share.key if by_item else None, district=None if by_item else share.key,
            ),
        )
        for share in (one.items if by_item else one.districts)
    ]  # fmt: skip
    whole = Row(
        (
            names.pick(("合計", "Total")),
            one.whole.observed,
            *map(_rounded, (one.whole.expected, one.whole.ratio)),
        )
    )
    normal = str(storm.normal_on) if storm.normal_on else names.pick(
        (f"{LONGEST_AFTER} 天內或目前為止尚未恢復", f"not within {LONGEST_AFTER} days, or not yet")
    )  # fmt: skip
    asked = (
        (("期間", "Period"), names.span(storm.first, storm.last)),
        (("恢復正常", "Normal again"), normal),
    )
    return Table("storm", TITLE, columns, rows, as_of, total=whole, asked=asked, notes=[HOW, KEPT])


def _list(shares: Sequence[Share], by: By, names: Names) -> str:
    grown = [one for one in shares if one.expected is None or one.observed > one.expected]
    told = [f"{_name(one, by, names)} {one.observed:,}{_times(one, names)}" for one in grown]
    return names.pick(("、", ", ")).join(told)


def _times(one: Share, names: Names) -> str:
    return "" if one.ratio is None else names.pick((f"（{one.ratio:.1f} 倍）", f" ({one.ratio:.1f}×)"))


def _name(one: Share, by: By, names: Names) -> str:
    return names.item(one.key) if by is By.ITEM else names.district(one.key)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
