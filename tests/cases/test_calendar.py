"""The office calendar: equal to the government's own, and open to the city's exceptions."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.cases.calendar import DayException, OfficeCalendar
from gateway.cases.errors import DateOutOfCalendar


@pytest.mark.city_data
def test_it_equals_the_government_calendar(calendar: OfficeCalendar, city_data: Path) -> None:
    with (city_data / "calendar" / "tw_office_calendar_2017-2026.csv").open(encoding="utf-8-sig") as file:
        official = {row["西元日期"]: row["是否放假"] == "0" for row in csv.DictReader(file)}
    assert len(official) > 3600
    wrong = [day for day, works in official.items() if calendar.is_working(date.fromisoformat(day)) != works]
    assert wrong == []


@pytest.mark.parametrize(
    ("filed", "expected"),
    [
        ("2024-02-07", "2024-02-15"),
        ("2025-01-24", "2025-02-03"),
        ("2023-09-22", "2023-09-23"),
        ("2025-12-24", "2025-12-26"),
        ("2027-12-30", "2028-01-03"),
    ],
)
def test_the_next_working_day(calendar: OfficeCalendar, filed: str, expected: str) -> None:
    assert calendar.working_day_after(date.fromisoformat(filed), 1) == date.fromisoformat(expected)


def test_the_index_says_what_counting_says(calendar: OfficeCalendar) -> None:
    day, counted = date(2025, 1, 20), 0
    for _ in range(400):
        day += timedelta(days=1)
        if calendar.is_working(day):
            counted += 1
            assert calendar.working_day_after(date(2025, 1, 20), counted) == day


@pytest.mark.parametrize(
    ("day", "works", "zh", "en"),
    [
        (date(2023, 9, 23), True, "補行上班日", "make-up working day"),
        (date(2024, 2, 9), False, "農曆除夕", "Chinese New Year's Eve"),
        (date(2026, 11, 22), False, "週末", "weekend"),
        (date(2026, 11, 23), True, "上班日", "working day"),
    ],
)
def test_every_day_says_what_it_is(
    calendar: OfficeCalendar, day: date, works: bool, zh: str, en: str
) -> None:
    nature = calendar.nature(day)
    assert (nature.works, nature.zh, nature.en) == (works, zh, en)


def test_an_exception_moves_the_count_and_changes_the_version(calendar: OfficeCalendar) -> None:
    typhoon = DayException(day=date(2026, 11, 24), works=False, zh="颱風停止上班", en="typhoon closure")
    local = OfficeCalendar((typhoon,))
    assert calendar.working_day_after(date(2026, 11, 23), 1) == date(2026, 11, 24)
    assert local.working_day_after(date(2026, 11, 23), 1) == date(2026, 11, 25)
    assert local.nature(date(2026, 11, 24)).zh == "颱風停止上班"
    assert local.version != calendar.version
    assert local.version == OfficeCalendar((typhoon,)).version


def test_a_day_nobody_knows_is_refused(calendar: OfficeCalendar) -> None:
    with pytest.raises(DateOutOfCalendar):
        calendar.nature(date(1999, 9, 21))
    with pytest.raises(DateOutOfCalendar):
        calendar.working_day_after(date(2045, 12, 30), 10)
