"""Which days a report covers and what its rows stand for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from gateway.reports.conversations.errors import (
    CannotGroup,
    NoSuchDay,
    PeriodReversed,
    PeriodTooLong,
    UnknownChannel,
)
from gateway.reports.tables import Pair, Value

MOST_DAYS: Final = 366
DAYS_SHOWN: Final = 30
"""So many days, today among them, where none are asked for."""
YEARS: Final = range(2000, 9000)
"""Years that every database can reckon with, in every zone."""
Key = date | int | str
"""By what a row is found: a day, the first day of a week or month, an hour, a weekday, a name."""
CHANNELS: Final[Mapping[str, Pair]] = {"web": ("網頁對話", "Web chat"), "line": ("LINE", "LINE")}
"""The ways by which citizens converse."""


class By(StrEnum):
    """What one row stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    HOUR = "hour"
    WEEKDAY = "weekday"
    CHANNEL = "channel"
    OPERATOR = "operator"
    REASON = "reason"
    KIND = "kind"
    GRADE = "grade"
    SIDE = "side"
    ENTRY = "entry"
    TOPIC = "topic"


TIMES: Final = (By.DAY, By.WEEK, By.MONTH, By.HOUR, By.WEEKDAY)
NAMES: Final[Mapping[By, Pair]] = {
    By.DAY: ("日", "Day"), By.WEEK: ("週（起始日）", "Week (first day)"), By.MONTH: ("月", "Month"),
    By.HOUR: ("時段", "Hour"), By.WEEKDAY: ("星期", "Weekday"), By.CHANNEL: ("管道", "Channel"),
    By.OPERATOR: ("話務人員", "Operator"), By.REASON: ("原因", "Reason"),
    By.KIND: ("案件類別", "Kind of case"), By.GRADE: ("等第", "Grade"),
    By.SIDE: ("由誰服務", "Served by"), By.ENTRY: ("問答", "Entry"),
    By.TOPIC: ("主題（代表提問）", "Topic (a typical question)"),
}  # fmt: skip
_WEEKDAYS: Final = (
    ("週一", "Monday"), ("週二", "Tuesday"), ("週三", "Wednesday"), ("週四", "Thursday"), ("週五", "Friday"),
    ("週六", "Saturday"), ("週日", "Sunday"),
)  # fmt: skip
_HOUR: Final = 3600


@dataclass(frozen=True)
class Period:
    """Whole days of the city, from the first to the last."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The instant at which it begins."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The instant at which it is over."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def told(self) -> str:
        """As the head of a table has it."""
        return f"{self.first.isoformat()} – {self.last.isoformat()}"

    def key(self, at: datetime, by: By) -> Key:
        """The row of an instant, where rows are stretches of time."""
        return _key_of_hour(int(at.timestamp() // _HOUR), by, self.zone)

    def key_of_hour(self, hours: int, by: By) -> Key:
        """The row of a whole hour since 1970 in UTC: the city's zone is whole hours away from it."""
        return _key_of_hour(hours, by, self.zone)

    def keys(self, by: By) -> list[Key]:
        """Every row of the period, in order, whether or not something happened; none where rows are names."""
        if by is By.HOUR:
            return list(range(24))
        if by is By.WEEKDAY:
            return list(range(len(_WEEKDAYS)))
        if by is By.CHANNEL:
            return list(CHANNELS)
        if by not in TIMES:
            return []
        days = (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))
        found = (key_of(datetime.combine(day, time(), self.zone), by) for day in days)
        return list(dict.fromkeys(found))


def key_of(here: datetime, by: By) -> Key:
    """The row of a local time."""
    day = here.date()
    rows: Mapping[By, Key] = {
        By.DAY: day, By.WEEK: day - timedelta(days=day.weekday()), By.MONTH: day.replace(day=1),
        By.HOUR: here.hour, By.WEEKDAY: day.weekday(),
    }  # fmt: skip
    return rows[by]


@lru_cache(maxsize=20_000)
def _key_of_hour(hours: int, by: By, zone: ZoneInfo) -> Key:
    return key_of(datetime.fromtimestamp(hours * _HOUR, UTC).astimezone(zone), by)


def asked_period(asked: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Period:
    """The days that `from` and `to` name; without both, the last DAYS_SHOWN.

    Raises NoSuchDay, PeriodReversed and PeriodTooLong.
    """
    today = now.astimezone(zone).date()
    last = _day(asked.get("to", "")) or today
    first = _day(asked.get("from", "")) or last - timedelta(days=DAYS_SHOWN - 1)
    if first.year not in YEARS or last.year not in YEARS:
        raise NoSuchDay(f"{first} – {last}")
    if last < first:
        raise PeriodReversed(f"{first} – {last}")
    if (last - first).days >= MOST_DAYS:
        raise PeriodTooLong(f"{first} – {last}")
    return Period(first, last, zone)


def asked_by(asked: Mapping[str, str], allowed: Collection[By]) -> By:
    """What one row is to stand for; the first that is allowed where nothing is asked. Raises CannotGroup."""
    wanted = asked.get("by", "") or next(iter(allowed))
    if wanted not in allowed:
        raise CannotGroup(wanted[:40])
    return By(wanted)


def asked_channel(asked: Mapping[str, str]) -> str:
    """The one channel that is asked for; empty for all. Raises UnknownChannel."""
    wanted = asked.get("channel", "")
    if wanted and wanted not in CHANNELS:
        raise UnknownChannel(wanted[:40])
    return wanted


def told_key(key: Key, by: By, language: str) -> Value:
    """A row's name for people: a day stays one."""
    english = language == "en"
    if isinstance(key, date):
        return f"{key:%Y-%m}" if by is By.MONTH else key
    if isinstance(key, int):
        return f"{key:02d}:00–{key:02d}:59" if by is By.HOUR else _WEEKDAYS[key][english]
    if by is By.CHANNEL and key in CHANNELS:
        return CHANNELS[key][english]
    return key


def inside(key: Key, by: By, period: Period) -> tuple[Period, By] | None:
    """What a row is made of: the days of a month or week, the hours of a day."""
    if not isinstance(key, date):
        return None
    if by is By.DAY:
        return Period(key, key, period.zone), By.HOUR
    length = timedelta(days=7) if by is By.WEEK else _month_after(key) - key
    last = key + length - timedelta(days=1)
    return Period(max(key, period.first), min(last, period.last), period.zone), By.DAY


def _month_after(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NoSuchDay(text[:40]) from None
