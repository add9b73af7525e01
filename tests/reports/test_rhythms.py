"""When a letter is due: against a slow look at every hour, and what people may type."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reports.saved.errors import InvalidRecipients, InvalidSavedName, InvalidSchedule
from gateway.reports.saved.rules import (
    Every,
    Rhythm,
    checked_name,
    next_due,
    recipients_of,
    rhythm_of,
)
from tests.reports.samples import ZONE

DAY = timedelta(days=1)
RHYTHMS = st.one_of(
    st.builds(Rhythm, st.just(Every.DAY), st.just(0), st.integers(0, 23), st.booleans()),
    st.builds(Rhythm, st.just(Every.WEEK), st.integers(1, 7), st.integers(0, 23), st.booleans()),
    st.builds(Rhythm, st.just(Every.MONTH), st.integers(1, 31), st.integers(0, 23), st.booleans()),
)


def works(day: date) -> bool:
    """Five days a week, and a long New Year."""
    return day.isoweekday() < 6 and not date(2027, 2, 4) <= day <= date(2027, 2, 14)


def due_on(rhythm: Rhythm, day: date) -> bool:
    """Whether a letter is sent on this day, looked at from the day itself."""
    if rhythm.working_days and not works(day):
        return False
    behind = day - DAY
    meant = [day]
    while rhythm.working_days and not works(behind):
        meant.append(behind)
        behind -= DAY
    return any(_meant(rhythm, one) for one in meant)


def _meant(rhythm: Rhythm, day: date) -> bool:
    if rhythm.every is Every.MONTH:
        return day.day == min(rhythm.day, calendar.monthrange(day.year, day.month)[1])
    return rhythm.every is Every.DAY or day.isoweekday() == rhythm.day


@settings(deadline=None)
@given(
    RHYTHMS,
    st.datetimes(datetime(2026, 11, 1), datetime(2027, 4, 1)),  # noqa: DTZ001 - the zone comes next
)
def test_the_next_letter_is_the_first_that_a_slow_look_finds(rhythm: Rhythm, naive: datetime) -> None:
    after = naive.replace(microsecond=0, tzinfo=UTC)
    day = after.astimezone(ZONE).date()
    while True:
        due = datetime.combine(day, time(rhythm.hour), ZONE)
        if due > after and due_on(rhythm, day):
            break
        day += DAY
    assert next_due(rhythm, after, ZONE, works) == due


@settings(deadline=None)
@given(RHYTHMS)
def test_every_working_day_has_one_letter_at_most(rhythm: Rhythm) -> None:
    at = datetime(2027, 1, 20, tzinfo=UTC)
    days = []
    for _ in range(12):
        at = next_due(rhythm, at, ZONE, works)
        days.append(at.astimezone(ZONE).date())
    assert len(set(days)) == len(days)
    assert not rhythm.working_days or all(works(day) for day in days)


def test_rhythms_as_they_are_typed() -> None:
    assert rhythm_of("day", "", "x", "8", True) == Rhythm(Every.DAY, 0, 8, True)
    assert rhythm_of("week", "1", "", "0", False) == Rhythm(Every.WEEK, 1, 0)
    assert rhythm_of("month", "", "31", "23", False) == Rhythm(Every.MONTH, 31, 23)
    for bad in (
        ("", "1", "1", "8"), ("hour", "1", "1", "8"), ("week", "8", "1", "8"), ("week", "", "1", "8"),
        ("month", "1", "0", "8"), ("month", "1", "32", "8"), ("day", "1", "1", "24"), ("day", "1", "1", "-1"),
        ("day", "1", "1", "８"), ("day", "1", "1", ""),
    ):  # fmt: skip
        with pytest.raises(InvalidSchedule):
            rhythm_of(*bad, working_days=False)


def test_recipients_as_they_are_typed() -> None:
    assert recipients_of("a@city.gov.tw, B@city.gov.tw\nb@city.gov.tw；c.d+e@x.tw") == [
        "a@city.gov.tw", "b@city.gov.tw", "c.d+e@x.tw",
    ]  # fmt: skip
    for bad in (
        "", " ,\n", "mei", "a@b", "a@b..tw", "a b@c.tw", "<a@b.tw>", "a@b.tw\x00", '"x y"@b.tw', "王@城市.tw",
        ".a.@b.tw", "a@b.tw?bcc=x@y.tw", "x" * 250 + "@b.tw", " ".join(f"a{n}@b.tw" for n in range(21)),
    ):  # fmt: skip
        with pytest.raises(InvalidRecipients):
            recipients_of(bad)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_makes_a_letter_go_astray(text: str) -> None:
    try:
        found = recipients_of(text)
    except InvalidRecipients:
        return
    assert all(one.count("@") == 1 and one.isascii() and one.isprintable() for one in found)


def test_names() -> None:
    assert checked_name("  每月\n 依限 ") == "每月 依限"
    for bad in ("", " \t", "x" * 61, "a\x07b"):
        with pytest.raises(InvalidSavedName):
            checked_name(bad)
