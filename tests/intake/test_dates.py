"""Dates in words, read on Sunday 22 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.intake.dates import find_dates
from tests.intake.conftest import TODAY


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("今天", ["2026-11-22"]),
        ("昨天晚上", ["2026-11-21"]),
        ("前天", ["2026-11-20"]),
        ("大前天", ["2026-11-19"]),
        ("昨昏", ["2026-11-21"]),
        ("三天前", ["2026-11-19"]),
        ("兩個禮拜前", ["2026-11-08"]),
        ("上禮拜三", ["2026-11-11"]),
        ("上週三", ["2026-11-11"]),
        ("上上週日", ["2026-11-08"]),
        ("這禮拜五", ["2026-11-20"]),
        ("下週一", ["2026-11-23"]),
        ("星期一", ["2026-11-16"]),
        ("民國113年5月8日", ["2024-05-08"]),
        ("一百一十三年五月八日", ["2024-05-08"]),
        ("113/5/8", ["2024-05-08"]),
        ("113.5.8", ["2024-05-08"]),
        ("1130508", ["2024-05-08"]),
        ("2024-05-08", ["2024-05-08"]),
        ("20240508", ["2024-05-08"]),
        ("3月5日", ["2026-03-05"]),
        ("5/8", ["2026-05-08"]),
        ("12月25號", ["2025-12-25"]),
        ("2/29", ["2024-02-29"]),
        ("十一月二十號", ["2026-11-20"]),
        ("yesterday", ["2026-11-21"]),
        ("the day before yesterday", ["2026-11-20"]),
        ("last Wednesday", ["2026-11-18"]),
        ("on Friday", ["2026-11-20"]),
        ("May 8th, 2024", ["2024-05-08"]),
        ("8 May", ["2026-05-08"]),
        ("昨天和113/5/8", ["2026-11-21", "2024-05-08"]),
        ("1130508-0042", []),
        ("113年13月40日", []),
        ("0912345678", []),
        ("建工路100號", []),
        ("24小時", []),
    ],
)
def test_dates(text: str, days: list[str]) -> None:
    assert [day.isoformat() for day in find_dates(text, TODAY)] == days


@settings(deadline=None)
@given(st.dates(date(1991, 1, 1), date(2110, 12, 31)), st.sampled_from(["/", ".", "-"]))
def test_every_roc_date_is_read_back(day: date, separator: str) -> None:
    written = separator.join((f"{day.year - 1911:03d}", str(day.month), str(day.day)))
    assert find_dates(written, TODAY) == (day,)
    assert find_dates(f"民國{day.year - 1911}年{day.month}月{day.day}日", TODAY) == (day,)


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 12), st.integers(1, 28))
def test_a_day_without_a_year_is_the_last_such_day(today: date, month: int, day: int) -> None:
    (found,) = find_dates(f"{month}月{day}日", today)
    assert (found.month, found.day) == (month, day)
    assert 0 <= (today - found).days <= 366
