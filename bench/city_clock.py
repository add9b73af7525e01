"""Times of a made-up city: instants as text, due times by the platform's own rules, each reckoned once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from bench.city_draw import DAY, TAIPEI
from gateway.cases.calendar import OfficeCalendar
from gateway.cases.deadlines import Limit, LimitUnit, Office, Pause, compute
from gateway.cases.working import rule_record, working_record

FIRST = date(2016, 1, 1)
LAST = date(2028, 1, 1)
_EPOCH = (FIRST - date(1970, 1, 1)).days
_DAYS = [(FIRST + timedelta(days=n)).isoformat() for n in range((LAST - FIRST).days)]
_TIMES = [f"{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}" for n in range(DAY)]
_STAMPS = [f" {time}+00" for time in _TIMES]
_ISO = [f"T{time}+00:00" for time in _TIMES]
CLOSING = 17 * 3600 + 1800
"""The end of office hours, seconds of the local day."""


def stamp(at: int | None) -> str:
    """An instant (seconds since 1970) as COPY takes it."""
    return r"\N" if at is None else _DAYS[at // DAY - _EPOCH] + _STAMPS[at % DAY]


def iso(at: int) -> str:
    """An instant as `datetime.isoformat` writes it in UTC."""
    return _DAYS[at // DAY - _EPOCH] + _ISO[at % DAY]


def local(at: int) -> str:
    """An instant as `datetime.isoformat` writes it in Taipei."""
    return iso(at + TAIPEI)[:-6] + "+08:00"


def local_day(at: int) -> int:
    """The day in Taipei, days since 1970."""
    return (at + TAIPEI) // DAY


def roc_day(at: int) -> str:
    """The day in Taipei as case numbers have it: `1151126`."""
    day = _DAYS[local_day(at) - _EPOCH]
    return f"{int(day[:4]) - 1911:03d}{day[5:7]}{day[8:]}"


class Clocks:
    """Due times and their workings."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.version = office.calendar.version
        self._rules: dict[Limit, str] = {}
        self._known: dict[tuple[Limit, int], tuple[int, str]] = {}

    @classmethod
    def load(cls, windows: str, zone: str) -> Clocks:
        """With the calendar that ships with the project."""
        return cls(Office.from_text(OfficeCalendar.load(), windows, zone))

    def rule(self, limit: Limit) -> str:
        """A limit as it is stored with a due time."""
        if limit not in self._rules:
            self._rules[limit] = json.dumps(rule_record(limit), ensure_ascii=False)
        return self._rules[limit]

    def due(self, limit: Limit, start: int) -> tuple[int, str]:
        """When a limit from `start` on is due, and the working as JSON."""
        hours = limit.unit is LimitUnit.HOURS
        key = (limit, 0 if hours else local_day(start))
        if key not in self._known:
            self._known[key] = self._reckon(limit, start, ())
        at, rest = self._known[key]
        if hours:
            at = start + limit.amount * 3600
        return at, f'{{"received_local": "{local(start)}", "due_local": "{local(at)}", {rest}'

    def paused(self, limit: Limit, start: int, pauses: Sequence[tuple[int, int]]) -> tuple[int, str]:
        """The same with times in which the clock stood still."""
        stood = [Pause(instant(begins), instant(ends)) for begins, ends in pauses]
        at, rest = self._reckon(limit, start, stood)
        return at, f'{{"received_local": "{local(start)}", "due_local": "{local(at)}", {rest}'

    def closing_after(self, at: int, days: int) -> int:
        """The end of office hours of the working day that completes `days` after the day of `at`."""
        day = date(1970, 1, 1) + timedelta(days=local_day(at))
        wanted = self.office.calendar.working_day_after(day, days)
        return (wanted - date(1970, 1, 1)).days * DAY - TAIPEI + CLOSING

    def _reckon(self, limit: Limit, start: int, pauses: Sequence[Pause]) -> tuple[int, str]:
        begins = instant(start)
        found = compute(limit, begins, self.office, pauses)
        record = working_record(found, begins, self.office)
        del record["received_local"], record["due_local"]
        return int(found.due_at.timestamp()), json.dumps(record, ensure_ascii=False)[1:]


def instant(at: int) -> datetime:
    """Seconds since 1970 as the rules want them."""
    return datetime.fromtimestamp(at, UTC)
