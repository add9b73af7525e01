"""Tables and reports of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, overload
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gateway.errors import InvalidInput
from gateway.reports.files.lines import Making
from gateway.reports.tables import EVERY_ROW, Column, Form, Pair, Reader, Row, Table, Value

NOW = datetime(2026, 11, 26, 6, 30, 5, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Taipei")
READER = Reader("mei", "林小美", None)
MAKING = Making(READER, NOW, ZONE)
COLUMNS = (
    Column("what", "事項", "What"),
    Column("number", "案號", "Number", Form.CASE),
    Column("count", "件數", "Cases", Form.COUNT),
    Column("share", "依限比率", "On time", Form.SHARE),
    Column("days", "平均辦理日數", "Days", Form.DAYS),
    Column("wait", "等候", "Waiting", Form.SECONDS),
    Column("score", "滿意度", "Score", Form.SCORE),
    Column("day", "日期", "Day", Form.DAY),
    Column("at", "時間", "At", Form.MOMENT),
)
FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", '=HYPERLINK("http://a.example","x")',
    '=cmd|" /C calc"!A0', "＝1+1", "=WEBSERVICE(\"http://a.example\")", "{=1+1}",
)  # fmt: skip
ODD_TEXTS = (
    "路燈\n不亮", "  兩格  空白 ", "a\tb", '引號"逗號,分號;', "<b>&amp;</b>", "中文（全形）", "😀",
    "\x00\x07看不見\x1b", "]]>", "'單引號", "1,234", "2026-11-26", "0912", "1e5", "TRUE", "半\ud800個",
)  # fmt: skip


def row_of(text: str, number: int = 1) -> Row:
    at = NOW + timedelta(seconds=number)
    return Row(
        (text, f"D1151126-{number:06}-7", number * 1234, 0.98765, 3.5, 3_725.4, 4.255, date(2026, 2, 28), at)
    )


def table_of(rows: Sequence[Row], **parts: Any) -> Table:
    total = Row(("合計", None, 12_345_678, None, 0.5, None, float("nan"), None, None))
    given: dict[str, Any] = {
        "key": "sample", "title": ("示範報表", "Sample report"), "columns": COLUMNS, "rows": rows,
        "as_of": NOW - timedelta(seconds=5), "total": total,
        "asked": ((("期間", "Period"), "2026-11-01 – 2026-11-25"), (("機關", "Agency"), "=養工處")),
        "notes": (("依限：期限內結案。", "On time: closed within the limit."),),
        "more": {"first": date(2026, 11, 1)},
    }  # fmt: skip
    return Table(**{**given, **parts})


@dataclass(frozen=True)
class Long(Sequence[Row]):
    """So many rows that are made as they are asked for; `pause` is called with each."""

    count: int
    pause: Callable[[int], None] = field(default=lambda _: None)
    text: str = "路面坑洞"
    width: int = len(COLUMNS)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Row]:
        for number in range(1, self.count + 1):
            self.pause(number)
            yield Row(row_of(f"{self.text} {number}", number).cells[: self.width])

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        raise NotImplementedError("it is gone through once")


@dataclass
class Sample:
    """A report whose table has as many rows as are asked for; it notes who asks what."""

    name: str = "sample"
    title: Pair = ("示範報表", "Sample report")
    columns: tuple[Column, ...] = COLUMNS
    pause: Callable[[int], None] = lambda _: None
    heard: list[tuple[dict[str, str], Reader]] = field(default_factory=list)

    def table(self, session: Session, asked: Mapping[str, str], reader: Reader, now: datetime) -> Table:
        assert EVERY_ROW.items() <= asked.items(), "files and letters are of all rows"
        self.heard.append(({name: asked[name] for name in asked.keys() - EVERY_ROW}, reader))
        if asked.get("from", "") > asked.get("to", "9"):
            raise InvalidInput("from is after to")
        rows = Long(int(asked.get("rows", "3")), self.pause)
        period = f"{asked.get('from', '')} – {asked.get('to', '')}"
        table = table_of(rows, key=self.name, title=self.title, asked=((("期間", "Period"), period),))
        if self.columns == COLUMNS:
            return table
        places = [COLUMNS.index(column) for column in self.columns]
        few = [Row(tuple(row.cells[place] for place in places)) for row in rows]
        assert table.total is not None
        total: tuple[Value, ...] = tuple(table.total.cells[place] for place in places)
        return table_of(few, key=self.name, title=self.title, columns=self.columns, total=Row(total))


FIGURES = tuple(column for column in COLUMNS if column.form is not Form.CASE)
"""The columns of a report that names no case."""
