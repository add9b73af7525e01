"""Rows of a deadline specification, in the three shapes other systems count in, and their answers.

* `start_utc, budget_minutes, tz, hours, holidays, pauses_utc`: office minutes over weekly windows.
* `created, n_days, calendar_days, factor`: days times a factor on a Monday to Friday calendar; filing
  on a weekend starts Monday 00:00, otherwise the time of day is kept (as Signalen counts).
* `filed, working_days`: working days of Taiwan from the day after; 0 is the first working day from
  `filed` on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway.cases.calendar import SATURDAY, OfficeCalendar
from gateway.cases.closures import Window
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.office_hours import MINUTES_A_DAY, ONE_DAY, add_office_minutes
from gateway.cases.pauses import Pause
from gateway.errors import InvalidInput, PlatformError

TAIWAN = ZoneInfo("Asia/Taipei")
DAYS_A_WEEK, WEEKDAYS_A_WEEK = 7, 5
HORIZON_DAYS = 200 * 366
"""Two hundred years: no budget of a city is longer."""

Json = dict[str, Any]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Whole = Annotated[int, Field(ge=0, strict=True)]
HourMinutes = tuple[int, int, int, int]


class InvalidSpecRow(InvalidInput):
    """A row of a deadline specification that cannot be read."""

    code = "invalid_spec_row"
    zh = "這一列的期限規格無法解讀。"
    en = "This row of the deadline specification cannot be read."


class InvalidSpec(InvalidInput):
    """A deadline specification that is no JSON list of rows, nor an object of such lists."""

    code = "invalid_spec"
    zh = "期限規格必須是 JSON 的資料列清單，或由這種清單組成的物件。"
    en = "A deadline specification is a JSON list of rows, or an object of such lists."


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no such time zone: {name}") from error
    return name


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Moment = Annotated[str, AfterValidator(_moment)]
"""ISO 8601 text, with or without an offset."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OfficeMinutesRow(_Row):
    """Office minutes over weekly windows; `hours` maps 0 (Monday) to 6 onto [h, m, h, m] windows."""

    start_utc: Moment
    budget_minutes: Amount
    tz: Annotated[str, AfterValidator(_zone)]
    hours: dict[Annotated[int, Field(ge=0, le=6)], list[HourMinutes]]
    holidays: list[date] = []
    pauses_utc: list[tuple[Moment, Moment]] = []

    def answer(self) -> Json:
        """`due_utc`. Raises DateOutOfCalendar where the offices never open long enough."""
        windows = {day: union(rows) for day, rows in self.hours.items()}
        off = frozenset(self.holidays)
        pauses = [Pause(_utc(begins), _utc(ends)) for begins, ends in self.pauses_utc]
        if not any(windows.values()) or self.budget_minutes > HORIZON_DAYS * MINUTES_A_DAY:
            raise DateOutOfCalendar(f"the offices are not open for {self.budget_minutes} minutes")
        due = add_office_minutes(
            _utc(self.start_utc),
            self.budget_minutes,
            lambda day: () if day in off else windows.get(day.weekday(), ()),
            ZoneInfo(self.tz),
            HORIZON_DAYS,
            pauses,
        )
        return {"due_utc": minute_text(due)}


class DaysRow(_Row):
    """Days times a factor, on all days or on weekdays."""

    created: Moment
    n_days: Amount
    calendar_days: Annotated[bool, Field(strict=True)] = False
    factor: Amount = 1

    def answer(self) -> Json:
        """`deadline`, on the clock `created` is given in."""
        created = datetime.fromisoformat(self.created)
        days = Fraction(str(self.n_days)) * Fraction(str(self.factor))
        due = created + timedelta(days=float(days)) if self.calendar_days else weekdays_after(created, days)
        return {"deadline": due.isoformat(sep=" ")}


class WorkingDaysRow(_Row):
    """Working days of Taiwan."""

    filed: Moment
    working_days: Whole

    def answer(self, calendar: OfficeCalendar) -> Json:
        """`due_date`. Raises DateOutOfCalendar."""
        moment = datetime.fromisoformat(self.filed)
        filed = (moment.astimezone(TAIWAN) if moment.tzinfo else moment).date()
        before = filed if self.working_days else filed - ONE_DAY
        return {"due_date": calendar.working_day_after(before, max(self.working_days, 1)).isoformat()}


SHAPES: dict[str, type[OfficeMinutesRow | DaysRow | WorkingDaysRow]] = {
    "start_utc": OfficeMinutesRow,
    "created": DaysRow,
    "filed": WorkingDaysRow,
}
"""The key that tells the shape of a row."""


def answers(spec: object, calendar: OfficeCalendar) -> Iterator[Json]:
    """One answer for each row, in order; a row that cannot be answered gives `{"error": …}`.

    `spec` is a list of rows or a dict of such lists. Raises InvalidSpec when it is neither.
    """
    lists: list[Any] = list(spec.values()) if isinstance(spec, dict) else [spec]
    if not all(isinstance(rows, list) for rows in lists):
        raise InvalidSpec("no list of rows")
    for rows in lists:
        for row in rows:
            yield answer(row, calendar)


def answer(row: object, calendar: OfficeCalendar) -> Json:
    """The answer to one row, or `{"error": {"code", "reason", "zh", "en"}}`."""
    try:
        known = _read(row)
        return known.answer(calendar) if isinstance(known, WorkingDaysRow) else known.answer()
    except PlatformError as error:
        return _error(error)
    except (ValueError, OverflowError) as error:
        return _error(InvalidSpecRow(str(error)))


def union(rows: list[HourMinutes]) -> list[Window]:
    """The windows of one day in order, those that touch or overlap as one. Raises ValueError."""
    windows: list[Window] = []
    for opens, closes in sorted((_minute(*row[:2]), _minute(*row[2:])) for row in rows):
        if opens >= closes:
            raise ValueError(f"a window that ends before it begins: {rows}")
        if windows and opens <= windows[-1][1]:
            windows[-1] = windows[-1][0], max(windows[-1][1], closes)
        else:
            windows.append((opens, closes))
    return windows


def weekdays_after(created: datetime, days: Fraction) -> datetime:
    """`days` weekdays after `created`, or after the next Monday 00:00 where that is a weekend.

    A part of a day is that part of 24 hours, and jumps over the weekend like whole days do.
    """
    start = created
    if start.weekday() >= SATURDAY:
        monday = start.date() + timedelta(days=DAYS_A_WEEK - start.weekday())
        start = datetime.combine(monday, time(), tzinfo=created.tzinfo)
    whole, part = divmod(days, 1)
    weeks, more = divmod(int(whole), WEEKDAYS_A_WEEK)
    due = start + timedelta(days=DAYS_A_WEEK * weeks)
    due = _over_weekend(due + timedelta(days=more), due)
    return _over_weekend(due + timedelta(days=float(part)), due)


def minute_text(instant: datetime) -> str:
    """A UTC instant as "YYYY-MM-DD HH:MM", with seconds where they are not zero."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return text.removesuffix(":00") if instant.second == 0 and not instant.microsecond else text


def _over_weekend(due: datetime, before: datetime) -> datetime:
    return due + timedelta(days=2) if due.weekday() >= SATURDAY or due.weekday() < before.weekday() else due


def _minute(hour: int, minute: int) -> int:
    at = hour * 60 + minute
    if hour < 0 or not 0 <= minute < 60 or at > MINUTES_A_DAY:  # noqa: PLR2004
        raise ValueError(f"not a time of day: {hour}:{minute:02}")
    return at


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _read(row: object) -> OfficeMinutesRow | DaysRow | WorkingDaysRow:
    if not isinstance(row, dict):
        raise InvalidSpecRow("a row must be an object")
    shape = next((shape for key, shape in SHAPES.items() if key in row), None)
    if shape is None:
        raise InvalidSpecRow(f"a row needs one of {', '.join(SHAPES)}")
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidSpecRow(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error


def _error(error: PlatformError) -> Json:
    return {"error": {"code": error.code, "reason": error.detail, "zh": error.zh, "en": error.en}}
