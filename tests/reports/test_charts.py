"""What a chart holds and says, beside the table that it is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reports.chart_words import SPOKEN
from gateway.reports.charts import ChartKind, Drawing, drawing, written
from gateway.reports.tables import Column, Form, Row, Table, Value

TAIPEI = ZoneInfo("Asia/Taipei")
AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
COUNTS = st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=1, max_size=40)


def table(*columns: tuple[str, str, Form], rows: list[tuple[Value, ...]]) -> Table:
    """A table whose English headings are its keys."""
    made = [Column(key, zh, key, form) for key, zh, form in columns]
    return Table("t", ("表", "t"), made, [Row(cells) for cells in rows], AT)


def drawn(kind: str, made: Table, x: str, *ys: str, english: bool = False, ordered: bool = True) -> Drawing:
    """The chart in one language."""
    return drawing(kind, made, x, ys, english=english, zone=TAIPEI, ordered=ordered)


def days(*values: Value) -> Table:
    """A day and a count."""
    rows: list[tuple[Value, ...]] = [(date(2026, 11, n), value) for n, value in enumerate(values, start=1)]
    return table(("day", "日期", Form.DAY), ("received", "受理", Form.COUNT), rows=rows)


def test_a_line_tells_its_highest_lowest_and_last() -> None:
    found = drawn("line", days(3, 1200, 0, 7), "day", "received")
    assert found.sentence == "受理：最高是 2026-11-02 1,200，最低是 2026-11-03 0，最後是 2026-11-04 7。"
    found = drawn("line", days(3, 1200, 0, 7), "day", "received", english=True)
    assert found.sentence == (
        "received: highest 1,200 (2026-11-02), lowest 0 (2026-11-03). Last: 7 (2026-11-04)."
    )
    assert found.data == {
        "kind": "line",
        "labels": ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"],
        "series": [
            {"name": "received", "values": [3.0, 1200.0, 0.0, 7.0], "texts": ["3", "1,200", "0", "7"]}
        ],
    }


def test_what_has_no_order_has_no_last() -> None:
    assert "最後" not in drawn("bar", days(1, 2), "day", "received", ordered=False).sentence


def test_nothing_one_value_and_gaps_are_said_plainly() -> None:
    assert drawn("line", days(), "day", "received").sentence == "沒有資料可以顯示。"
    assert drawn("line", days(None, None), "day", "received").sentence == "沒有資料可以顯示。"
    assert drawn("line", days(4, 4, None), "day", "received").sentence == "受理：2 處都是 4。"
    assert drawn("line", days(4, None), "day", "received").series[0].texts == ["4", "—"]


@given(COUNTS)
def test_the_sentence_agrees_with_the_figures(values: list[int | None]) -> None:
    made = table(
        ("n", "次序", Form.TEXT), ("v", "件數", Form.COUNT),
        rows=[(f"第{n}列", value) for n, value in enumerate(values)],
    )  # fmt: skip
    found = drawn("line", made, "n", "v")
    known = [value for value in values if value is not None]
    if len(set(known)) > 1:
        high, low = max(known), min(known)
        assert f"最高是 第{values.index(high)}列 {high:,}" in found.sentence
        assert f"最低是 第{values.index(low)}列 {low:,}" in found.sentence
        assert found.sentence.endswith(f"{known[-1]:,}。")
    assert [one for one in found.series[0].values if one is not None] == known


def test_a_long_table_becomes_a_field_of_words_by_labels() -> None:
    made = table(
        ("weekday", "星期", Form.TEXT), ("hour", "時", Form.TEXT), ("count", "件數", Form.COUNT),
        rows=[("週一", "08", 5), ("週一", "09", 9), ("週二", "09", 2)],
    )  # fmt: skip
    found = drawn("heat", made, "hour", "weekday", "count")
    assert found.labels == ["08", "09"]
    assert [(one.name, one.values) for one in found.series] == [("週一", [5.0, 9.0]), ("週二", [None, 2.0])]
    assert found.sentence == "最多：週一 09（9）；最少：週二 09（2）。"


def test_a_forecast_tells_its_interval_and_what_came() -> None:
    made = table(
        ("day", "日期", Form.DAY), ("f", "預測", Form.COUNT), ("lo", "下限", Form.COUNT),
        ("hi", "上限", Form.COUNT), ("came", "實際", Form.COUNT),
        rows=[(date(2026, 11, 1), 10, 8, 12, 11), (date(2026, 11, 2), 20, 15, 25, None)],
    )  # fmt: skip
    said = drawn("band", made, "day", "f", "lo", "hi", "came").sentence
    assert said == "預測到 2026-11-02 為 20，範圍 15 至 25。實際最後一筆是 2026-11-01 11。"
    assert drawn("band", made, "day", "f", "lo", "hi").sentence == "預測到 2026-11-02 為 20，範圍 15 至 25。"


def test_shares_tell_the_largest_and_the_smallest_part() -> None:
    made = table(
        ("month", "月份", Form.TEXT), ("a", "電話", Form.COUNT), ("b", "LINE", Form.COUNT),
        rows=[("1月", 30, 10), ("2月", 30, 30)],
    )  # fmt: skip
    assert (
        drawn("share", made, "month", "a", "b").sentence
        == "占最多的是電話，占全部 60.0%；最少的是LINE，占 40.0%。"
    )


def test_many_series_are_named_and_not_described() -> None:
    columns = [("x", "x", Form.TEXT), *((f"c{n}", f"欄{n}", Form.COUNT) for n in range(SPOKEN + 2))]
    made = table(*columns, rows=[("一", 1, 2, 3, 4, 5), ("二", 2, 3, 4, 5, 6)])
    said = drawn("line", made, "x", *(f"c{n}" for n in range(SPOKEN + 2))).sentence
    assert said.endswith("另有欄3、欄4，數字見表。")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1234567, Form.COUNT, "1,234,567"), (0.98156, Form.SHARE, "98.16%"), (0.5, Form.DAYS, "0.5"),
        (75, Form.SECONDS, "1:15"), (3725.4, Form.SECONDS, "1:02:05"), (4.256, Form.SCORE, "4.26"),
        (AT, Form.MOMENT, "2026-11-24 09:30"), (date(2026, 1, 2), Form.DAY, "2026-01-02"),
        (None, Form.COUNT, "—"), ("", Form.TEXT, "—"), ("D20261101-000001", Form.CASE, "D20261101-000001"),
        (12.0, Form.COUNT, "12"), (2.5, Form.COUNT, "2.5"),
    ],
)  # fmt: skip
def test_cells_as_people_read_them(value: Value, form: Form, text: str) -> None:
    assert written(value, form, TAIPEI) == text


def test_an_unknown_column_or_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        drawn("line", days(1), "day", "nothing")
    with pytest.raises(ValueError, match="pie"):
        drawn("pie", days(1), "day", "received")
    assert {kind.value for kind in ChartKind} == {"line", "bar", "stacked", "share", "heat", "band"}
