"""Repeated places as a table: roads without house numbers, and where the cases are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from gateway.cases.nearness import shown_place
from gateway.cases.rules import STATUS_TEXT, Status
from gateway.errors import NotFound
from gateway.reports.learning.names import Names
from gateway.reports.learning.repeated import MOST, RepeatedPlace, Report, Wanted, Why
from gateway.reports.tables import Column, Form, Pair, Row, Table

BASE: Final = "/console/reports/repeated-places"
TITLE: Final[Pair] = ("重複通報地點", "Repeated places")
COLUMNS: Final = (
    Column("item", "反映項目", "Service item"),
    Column("district", "行政區", "District"),
    Column("place", "路段", "Road"),
    Column("cases", "通報件數", "Cases", Form.COUNT),
    Column("again", "處理後再通報", "Again after handling", Form.COUNT),
    Column("reopened", "重啟次數", "Reopened", Form.COUNT),
    Column("open", "未結", "Open", Form.COUNT),
    Column("first", "最早通報", "First", Form.MOMENT),
    Column("last", "最近通報", "Last", Form.MOMENT),
    Column("newest", "最近案號", "Newest case", Form.CASE),
    Column("why", "列出原因", "Why"),
)
CASES: Final = (
    Column("number", "案號", "Number", Form.CASE),
    Column("status", "狀態", "Status"),
    Column("received", "受理時間", "Received", Form.MOMENT),
    Column("handled", "處理完成", "Handled", Form.MOMENT),
    Column("reopened", "重啟次數", "Reopened", Form.COUNT),
)
WHY: Final[Mapping[Why, Pair]] = {
    Why.OFTEN: ("多次通報", "reported often"),
    Why.AGAIN: ("處理後再通報", "reported again"),
    Why.REOPENED: ("曾經重啟", "reopened"),
}
KEPT: Final[Pair] = ("結果保留 15 分鐘，之後重新計算。", "Reckoned anew after 15 minutes.")
ONLY: Final[Pair] = (
    "只含派工與督工案件中有地址或座標的；未依權限開放的保密案件不列入。",
    "Dispatch and public-works cases with an address or coordinates; confidential ones only for who may "
    "read them.",
)


def tell(found: Sequence[RepeatedPlace], wanted: Wanted, names: Names, as_of: datetime) -> Table:
    """The table of places, those with the most cases first."""
    notes = [ONLY, KEPT]
    if len(found) >= MOST:
        notes.insert(0, (f"只列出件數最多的 {MOST} 處。", f"Only the {MOST} places with the most cases."))
    return Table(
        "repeated-places", TITLE, COLUMNS, [_row(one, wanted, names) for one in found], as_of,
        asked=(
            (("期間", "Period"), names.span(wanted.first, wanted.last)),
            (("通報至少", "Cases at least"), names.pick((f"{wanted.times} 件", str(wanted.times)))),
            (("同一地點", "Same place"), names.pick((f"{wanted.metres} 公尺", f"within {wanted.metres} m"))),
        ),
        notes=notes,
    )  # fmt: skip


def tell_place(
    found: Sequence[RepeatedPlace], number: str, wanted: Wanted, names: Names, as_of: datetime
) -> Table:
    """The cases of the place that holds the case of this number. Raises NotFound."""
    place = next((one for one in found if any(case.number == number for case in one.reports)), None)
    if place is None:
        raise NotFound(number)
    rows = [_case(one, names) for one in place.reports]
    newest = place.newest
    asked = (
        (("反映項目", "Service item"), names.item(newest.item)),
        (("行政區", "District"), names.district(newest.district)),
        (("路段", "Road"), _road(place) or "—"),
        (("期間", "Period"), names.span(wanted.first, wanted.last)),
    )
    return Table("repeated-place", TITLE, CASES, rows, as_of, asked=asked, notes=[KEPT])


def asked_again(wanted: Wanted) -> str:
    """The question as the query of an address."""
    why = "all" if len(wanted.why) > 1 else wanted.why[0].value
    return urlencode(
        {"to": wanted.last, "days": wanted.days, "times": wanted.times, "metres": wanted.metres, "why": why}
    )


def _row(one: RepeatedPlace, wanted: Wanted, names: Names) -> Row:
    newest = one.newest
    why = [names.pick(WHY[reason]) for reason in Why if reason in one.why]
    return Row(
        (
            names.item(newest.item), names.district(newest.district), _road(one), len(one.reports), one.again,
            one.reopened, sum(case.open for case in one.reports), one.reports[-1].received_at,
            newest.received_at, newest.number, names.pick(("、", ", ")).join(why),
        ),
        f"{BASE}/{newest.number}?{asked_again(wanted)}",
    )  # fmt: skip


def _case(one: Report, names: Names) -> Row:
    status = names.pick(STATUS_TEXT[Status(one.status)])
    return Row(
        (one.number, status, one.received_at, one.handled_at, one.reopenings), f"/console/cases/{one.number}"
    )


def _road(place: RepeatedPlace) -> str | None:
    """The road of the newest case that has one: a house number may tell who lives there."""
    roads = (shown_place(one.district, one.address) for one in place.reports)
    return next((road for road in roads if road), None)
