"""Profiles of the year, the week and the day, and when there is too little for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.database import Database
from gateway.reports.learning.days import Stretch
from gateway.reports.learning.record import Record
from gateway.reports.learning.seasons import HOURS, Profile, profile
from gateway.reports.tables import Table
from tests.reports.learning.worlds import put, steady

LAST = date(2025, 12, 31)
Ask = Callable[..., Table]


def years(calendar: OfficeCalendar, days: int) -> tuple[np.ndarray, Record]:
    """August brings twice as much, Sunday half, and everything comes at nine o'clock."""
    stretch = Stretch.of(calendar, LAST - timedelta(days=days - 1), LAST)
    hours = np.zeros((days, HOURS))
    for place, day in enumerate(stretch.days):
        hours[place, 9] = 40 * (2 if day.month == 8 else 1) * (0.5 if day.weekday() == 6 else 1)
    return hours, Record(stretch, hours.sum(axis=1), np.ones(days, bool), ())


def test_three_years_show_the_year_the_week_and_the_day(calendar: OfficeCalendar) -> None:
    hours, known = years(calendar, 3 * 365)
    months = profile(Profile.MONTH, hours, known)
    assert months.enough and len(months.parts) == 12
    assert months.parts[7].index / months.parts[6].index == pytest.approx(2, rel=0.02)
    weekdays = profile(Profile.WEEKDAY, hours, known)
    assert weekdays.parts[6].a_day / weekdays.parts[5].a_day == pytest.approx(0.5, rel=0.01)
    clock = profile(Profile.HOUR, hours, known)
    assert [one.place for one in clock.parts if one.cases] == [(9,)]
    assert clock.parts[9].index == 24
    week = profile(Profile.WEEK, hours, known)
    assert len(week.parts) == 7 * 24 and sum(one.cases for one in week.parts) == months.cases


def test_one_year_says_nothing_of_months_but_of_weekdays(calendar: OfficeCalendar) -> None:
    hours, known = years(calendar, 365)
    assert not profile(Profile.MONTH, hours, known).enough
    assert profile(Profile.WEEKDAY, hours, known).enough


def test_of_nothing_no_profile_is_told(ask: Ask) -> None:
    assert ask("seasons").rows == []


def test_too_little_is_said_in_words(both: Database, ask: Ask) -> None:
    last = date(2026, 11, 25)
    put(both, steady(last - timedelta(days=69), last, 4))
    table = ask("seasons", by="month")
    assert table.rows == [] and "資料不足" in table.notes[0][0] and "69 天" in table.notes[0][0]
    weekdays = ask("seasons", by="weekday", item="street_light_out")
    assert [row.cells[0] for row in weekdays.rows][:2] == ["星期一", "星期二"]
    assert weekdays.rows[0].cells[weekdays.place("a_day")] == 4.0
    assert ask("seasons", by="weekday", item="noise").rows == []
    hours = ask("seasons", by="hour")
    assert hours.rows[12].cells[:2] == ("12:00–12:59", 69 * 4)
