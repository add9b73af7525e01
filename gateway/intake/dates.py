"""Dates in a citizen's words: relative words, weekdays, ROC and common years. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from gateway.intake.lexicon import lexicon

ROC_OFFSET = 1911
ROC_YEARS = range(80, 200)
YEARS = range(1990, 2200)
WEEK = 7
_SLASHED = re.compile(r"(?<![\d/.-])(\d{2,4})[/.-](\d{1,2})[/.-](\d{1,2})(?![\d/-])")
_COMPACT = re.compile(r"(?<![\dA-Za-z-])(\d{3,4})(\d{2})(\d{2})(?![\d-])")
_SHORT = re.compile(r"(?<![\d/.-])(\d{1,2})/(\d{1,2})(?![\d/])")
Found = Iterator[tuple[int, int, date]]


def find_dates(text: str, today: date) -> tuple[date, ...]:
    """Every date the folded text tells, in the order of the text, each once.

    A day without a year is the last such day, for reports tell of what has been.
    """
    found = [hit for finder in _FINDERS for hit in finder(text, today)]
    taken: list[tuple[int, int]] = []
    dates: list[tuple[int, date]] = []
    for start, end, day in found:
        if all(end <= a or start >= b for a, b in taken):
            taken.append((start, end))
            dates.append((start, day))
    return tuple(dict.fromkeys(day for _, day in sorted(dates)))


def _with_year(text: str, _today: date) -> Found:
    for match in lexicon().pattern("dates", "year_month_day").finditer(text):
        yield from _dated(match, _year(_number(match.group(1))), *map(_number, match.group(2, 3)))
    for pattern in (_SLASHED, _COMPACT):
        for match in pattern.finditer(text):
            year, month, day = map(int, match.groups())
            yield from _dated(match, _year(year), month, day)


def _without_year(text: str, today: date) -> Found:
    for match in lexicon().pattern("dates", "month_day").finditer(text):
        yield from _last(match, today, _number(match.group(1)), _number(match.group(2)))
    for match in _SHORT.finditer(text):
        yield from _last(match, today, int(match.group(1)), int(match.group(2)))


def _english(text: str, today: date) -> Found:
    months: list[str] = _words()["english_months"]
    for match in lexicon().pattern("dates", "english_date").finditer(text):
        yield from _named(match, today, months.index(match.group(1).lower()) + 1, int(match.group(2)))
    for match in lexicon().pattern("dates", "english_day_first").finditer(text):
        yield from _named(match, today, months.index(match.group(2).lower()) + 1, int(match.group(1)))


def _relative(text: str, today: date) -> Found:
    for days, words in _words()["relative"]:
        for match in re.finditer(words, text, re.IGNORECASE):
            yield match.start(), match.end(), today - timedelta(days=days)
    for match in lexicon().pattern("dates", "days_ago").finditer(text):
        weeks = any(unit in match.group(2).lower() for unit in _words()["week_units"])
        count = _number(match.group(1)) * (WEEK if weeks else 1)
        if 0 < count < WEEK * 520:
            yield match.start(), match.end(), today - timedelta(days=count)


def _weekday(text: str, today: date) -> Found:
    words = _words()
    monday = today - timedelta(days=today.weekday())
    for match in lexicon().pattern("dates", "weekday").finditer(text):
        which, name = match.group(1), match.group(2)
        index = words["weekday_names"].find(name)
        day = monday + timedelta(days=index if index >= 0 else WEEK - 1)
        yield match.start(), match.end(), _in_week(day, which, today)
    for match in lexicon().pattern("dates", "english_weekday").finditer(text):
        which = match.group(1).lower()
        day = monday + timedelta(days=words["english_weekdays"].index(match.group(2).lower()))
        if which == "next":
            day += timedelta(days=WEEK)
        elif (which == "last" and day >= today) or (which == "on" and day > today):
            day -= timedelta(days=WEEK)
        yield match.start(), match.end(), day


def _in_week(day: date, which: str | None, today: date) -> date:
    words = _words()
    for name, weeks in (("before_last_week", -2), ("last_week", -1), ("next_week", 1), ("this_week", 0)):
        if which in words[name]:
            return day + timedelta(days=WEEK * weeks)
    return day if day <= today else day - timedelta(days=WEEK)


_FINDERS = (_with_year, _english, _without_year, _relative, _weekday)


def _named(match: re.Match[str], today: date, month: int, day: int) -> Found:
    if match.group(3):
        yield from _dated(match, int(match.group(3)), month, day)
    else:
        yield from _last(match, today, month, day)


def _last(match: re.Match[str], today: date, month: int, day: int) -> Found:
    hits = list(_dated(match, today.year, month, day))
    if hits and hits[0][2] <= today:
        yield hits[0]
    else:
        # 29 February lies up to eight years back.
        for year in range(today.year - 1, today.year - 9, -1):
            hits = list(_dated(match, year, month, day))
            if hits:
                yield hits[0]
                return


def _dated(match: re.Match[str], year: int | None, month: int, day: int) -> Found:
    if year is None:
        return
    try:
        yield match.start(), match.end(), date(year, month, day)
    except ValueError:
        # Not a day of the calendar: the digits mean something else.
        return


def _year(number: int) -> int | None:
    if number in ROC_YEARS:
        return number + ROC_OFFSET
    return number if number in YEARS else None


def _number(text: str) -> int:
    """A number in digits or in Chinese up to the hundreds; 0 when it is none."""
    if text.isdigit():
        return int(text)
    words = _words()
    digits = {c: i + 1 for i, c in enumerate(words["digits"])} | {words["pair"]: 2}
    if text in digits:
        return digits[text]
    if len(text) > 1 and all(c in digits or c in words["zeros"] for c in text):
        return int("".join(str(digits.get(c, 0)) for c in text))
    hundreds, _, rest = text.rpartition(words["hundred"])
    tens, ten, units = rest.strip(words["zeros"]).rpartition(words["ten"])
    value = digits.get(hundreds, 0) * 100 + (digits.get(tens, 1) * 10 if ten else 0)
    return value + digits.get(units, 0)


def _words() -> dict[str, Any]:
    table: dict[str, Any] = lexicon().words["dates"]
    return table
