"""The same answers as other libraries, wherever their rules are the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import pandas as pd
import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cases.calendar import SATURDAY, OfficeCalendar
from gateway.cases.closures import Window
from gateway.cases.deadlines import add_office_minutes

TAIPEI = ZoneInfo("Asia/Taipei")
TAIWAN = holidays.country_holidays("TW", years=range(2019, 2031))
CALENDAR = OfficeCalendar.load()
DAYS = st.dates(date(2020, 1, 1), date(2028, 12, 31))
FEW = settings(max_examples=40)
WEEKDAYS = list(range(5))
LONG_DAY = ((540, 1020),)
TWO_WINDOWS = ((480, 720), (810, 1050))


def long_day_of(day: date) -> Sequence[Window]:
    return LONG_DAY if day.weekday() < SATURDAY else ()


def two_windows_of(day: date) -> Sequence[Window]:
    return TWO_WINDOWS if day.weekday() < SATURDAY else ()


@given(DAYS, st.integers(1, 60))
@FEW
def test_working_days_of_holidays(day: date, count: int) -> None:
    assert CALENDAR.working_day_after(day, count) == TAIWAN.get_nth_working_day(day, count)


@given(DAYS, st.integers(1, 60))
@FEW
def test_custom_business_days_of_pandas(day: date, count: int) -> None:
    """Pandas knows no make-up Saturdays: it is given every day off, weekends among them."""
    off = pd.offsets.CustomBusinessDay(n=count, weekmask="1111111", holidays=_off_days())
    assert CALENDAR.working_day_after(day, count) == (pd.Timestamp(day) + off).date()


@given(st.datetimes(datetime(2020, 1, 1), datetime(2028, 12, 31)), st.integers(1, 200))  # noqa: DTZ001
@FEW
def test_custom_business_hours_of_pandas(wall: datetime, hours: int) -> None:
    """Pandas says the next opening where a budget ends at closing time: the same time of work."""
    start = wall.replace(second=0, microsecond=0)
    theirs = pd.Timestamp(start) + pd.offsets.CustomBusinessHour(n=hours, start="09:00", end="17:00")
    ours = add_office_minutes(start.replace(tzinfo=TAIPEI), hours * 60, long_day_of, TAIPEI)
    at_closing = ours.astimezone(TAIPEI).time() == time(17)
    expected = add_office_minutes(ours + timedelta(seconds=1), 0, long_day_of, TAIPEI) if at_closing else ours
    assert expected.astimezone(TAIPEI).replace(tzinfo=None) == theirs.to_pydatetime()


@given(st.datetimes(datetime(2020, 1, 1), datetime(2028, 12, 31)), st.integers(1, 5000))  # noqa: DTZ001
@FEW
def test_business_time_delta(wall: datetime, minutes: int) -> None:
    start = wall.replace(microsecond=0, tzinfo=TAIPEI)
    rules = businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(
                start_time=time(*divmod(a, 60)),
                end_time=time(*divmod(b, 60)),
                working_days=WEEKDAYS,
                tz=pytz.timezone("Asia/Taipei"),
            )
            for a, b in TWO_WINDOWS
        ]
    )
    theirs = start + businesstimedelta.BusinessTimeDelta(rules, timedelta=timedelta(minutes=minutes))
    ours = add_office_minutes(start, minutes, two_windows_of, TAIPEI)
    assert ours == theirs


def _off_days() -> list[date]:
    days = pd.date_range("2019-12-01", "2030-12-31").date
    return [day for day in days if not CALENDAR.is_working(day)]
