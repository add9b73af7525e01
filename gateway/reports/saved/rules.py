"""Names, recipients, reach, and when a letter is due. Pure."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.headerregistry import Address
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from gateway.reports.saved.errors import InvalidRecipients, InvalidSavedName, InvalidSchedule
from gateway.reports.tables import Pair, Reader

NAME_MAX: Final = 60
RECIPIENTS_MAX: Final = 20
_ADDRESS_MAX: Final = 254
_BETWEEN: Final = re.compile(r"[\s,;，；、]+")
_PLAIN_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_DAY: Final = timedelta(days=1)
_LOOK_BACK: Final = 62 * _DAY
"""So far before an instant a day may lie whose letter, waiting for a working day, is due after it."""
WEEK_DAYS: Final = 7
MONTH_DAYS: Final = 31
HOURS: Final = 24


class Every(StrEnum):
    """How often a report is sent."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Why(StrEnum):
    """Why a report is sent no more."""

    BY_OWNER = "by_owner"
    PERMISSION = "permission"
    REPORT_GONE = "report_gone"
    INVALID = "invalid"


EVERY_NAMES: Final[dict[Every, Pair]] = {
    Every.DAY: ("每日", "Every day"),
    Every.WEEK: ("每週", "Every week"),
    Every.MONTH: ("每月", "Every month"),
}


@dataclass(frozen=True)
class Rhythm:
    """When a report is sent. A month without that day sends on its last one."""

    every: Every
    day: int
    """Of the week (1 is Monday) or of the month; 0 for every day."""
    hour: int
    working_days: bool = False


def rhythm_of(every: str, week_day: str, month_day: str, hour: str, working_days: bool) -> Rhythm:
    """A rhythm as it was typed. Raises InvalidSchedule."""
    if every not in set(Every):
        raise InvalidSchedule("every")
    kind = Every(every)
    most, typed = {
        Every.DAY: (0, "0"), Every.WEEK: (WEEK_DAYS, week_day), Every.MONTH: (MONTH_DAYS, month_day),
    }[kind]  # fmt: skip
    day = _whole(typed, 1 if most else 0, most)
    return Rhythm(kind, day, _whole(hour, 0, HOURS - 1), working_days)


def next_due(rhythm: Rhythm, after: datetime, zone: ZoneInfo, works: Callable[[date], bool]) -> datetime:
    """The first instant after `after` at which a letter is due."""
    begin = after.astimezone(zone).date() - _LOOK_BACK
    for day in _days(rhythm, begin):
        sent = day
        while rhythm.working_days and not works(sent):
            sent += _DAY
        due = datetime.combine(sent, time(rhythm.hour), zone).astimezone(UTC)
        if due > after:
            return due
    raise InvalidSchedule("day")


def _days(rhythm: Rhythm, begin: date) -> Iterator[date]:
    day = begin
    while day < date.max:
        last = calendar.monthrange(day.year, day.month)[1]
        fits = {
            Every.DAY: True,
            Every.WEEK: day.isoweekday() == rhythm.day,
            Every.MONTH: day.day == min(rhythm.day, last),
        }
        if fits[rhythm.every]:
            yield day
        day += _DAY


def recipients_of(text: str) -> list[str]:
    """E-mail addresses as they were typed, one or several, each once. Raises InvalidRecipients."""
    found = {one.lower(): one for one in _BETWEEN.split(text) if one}
    if not found or len(found) > RECIPIENTS_MAX:
        raise InvalidRecipients("none" if not found else "too many")
    for address in found.values():
        if len(address) > _ADDRESS_MAX or not _PLAIN_ADDRESS.fullmatch(address):
            raise InvalidRecipients(address[:80])
        try:
            Address(addr_spec=address)
        except (ValueError, IndexError):
            raise InvalidRecipients(address[:80]) from None
    return list(found.values())


def checked_name(text: str) -> str:
    """The name of a saved report: 1 to 60 characters on one line. Raises InvalidSavedName."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise InvalidSavedName
    return name


def reach_of(reader: Reader) -> str:
    """One spelling for all who see the same units' cases and the same secrets."""
    return json.dumps(
        [None if reader.units is None else sorted(reader.units), reader.sealed], ensure_ascii=False
    )


def _whole(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not least <= int(text) <= most:
        raise InvalidSchedule("day or hour")
    return int(text)
