"""Reminders of due times: planned by a table, kept as messages of the desk, taken back with the clock.

A reminder that would fall into the night or on a day off moves: the warning before the due time to
the last allowed instant before it, the others to the next one. What an item marks for the night stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cases.deadlines import Office
from gateway.cases.models import Case, CaseDue
from gateway.cases.office_hours import ONE_DAY, add_office_minutes, local_instant, parse_windows
from gateway.cases.rules import Stage
from gateway.outbox.rules import Transport
from gateway.outbox.service import Letter, Outbox

NINE = 9 * 60
"""The minute of the day at which reminders that belong to a day go out."""


class Kind(StrEnum):
    """Which reminder of a clock it is."""

    BEFORE = "before"
    DUE = "due"
    AFTER = "after"
    ESCALATED = "escalated"


class To(StrEnum):
    """Who is reminded: the unit that works on the case, or the supervisors of that unit."""

    UNIT = "unit"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Hours:
    """Between which minutes of a working day reminders may arrive, both included."""

    first: int
    last: int

    @classmethod
    def from_text(cls, text: str) -> Hours:
        """From a setting such as "07:00-21:00". Raises InvalidOfficeHours, ValueError on several windows."""
        ((first, last),) = parse_windows(text)
        return cls(first, last)

    def on(self, day: date, office: Office) -> tuple[datetime, datetime] | None:
        """The first and the last allowed instant of `day`, without a closed half; None on a day off."""
        windows = office.windows_of(day)
        if not windows:
            return None
        first, last = self.first, self.last
        if office.calendar.nature(day).closed is not None:
            first, last = max(first, windows[0][0]), min(last, windows[-1][1])
        return local_instant(day, first, office.zone), local_instant(day, last, office.zone)


DEFAULT_HOURS = Hours(7 * 60, 21 * 60)


@dataclass(frozen=True)
class Planned:
    """One reminder: which, when (UTC), to whom."""

    kind: Kind
    at: datetime
    to: To


Instant = Callable[[datetime, Office], datetime]


def _minutes_before(minutes: int) -> Instant:
    return lambda due_at, _office: due_at - timedelta(minutes=minutes)


def _at_due(due_at: datetime, _office: Office) -> datetime:
    return due_at


def _office_minutes_after(minutes: int) -> Instant:
    return lambda due_at, office: add_office_minutes(due_at, minutes, office.windows_of, office.zone)


def _working_day_before(due_at: datetime, office: Office) -> datetime:
    day = due_at.astimezone(office.zone).date() - ONE_DAY
    while not office.calendar.nature(day).works:
        day -= ONE_DAY
    return _morning_of(day, office)


def _working_days_after(count: int) -> Instant:
    def morning(due_at: datetime, office: Office) -> datetime:
        day = office.calendar.working_day_after(due_at.astimezone(office.zone).date(), count)
        return _morning_of(day, office)

    return morning


def _morning_of(day: date, office: Office) -> datetime:
    return local_instant(day, NINE, office.zone)


REMINDERS: dict[Stage, tuple[tuple[Kind, To, Instant], ...]] = {
    Stage.ROUTING: (
        (Kind.DUE, To.UNIT, _at_due),
        (Kind.ESCALATED, To.SUPERVISOR, _working_days_after(1)),
    ),
    Stage.INSPECTION: (
        (Kind.BEFORE, To.UNIT, _minutes_before(30)),
        (Kind.DUE, To.UNIT, _at_due),
        (Kind.AFTER, To.UNIT, _office_minutes_after(60)),
        (Kind.ESCALATED, To.SUPERVISOR, _working_days_after(1)),
    ),
    Stage.COMPLETION: (
        (Kind.BEFORE, To.UNIT, _working_day_before),
        (Kind.DUE, To.UNIT, _at_due),
        (Kind.AFTER, To.UNIT, _working_days_after(1)),
        (Kind.ESCALATED, To.SUPERVISOR, _working_days_after(2)),
    ),
}
"""The reminders of each clock, in order."""

STAGE_TEXT: dict[Stage, tuple[str, str]] = {
    Stage.ROUTING: ("接辦", "taking it up"),
    Stage.INSPECTION: ("勘查", "inspection"),
    Stage.COMPLETION: ("處理", "completion"),
}
TITLES: dict[Kind, tuple[str, str]] = {
    Kind.BEFORE: ("即將到期：{number} {stage}", "Due soon: {number}, {stage}"),
    Kind.DUE: ("期限已到：{number} {stage}", "Due now: {number}, {stage}"),
    Kind.AFTER: ("已逾期：{number} {stage}", "Overdue: {number}, {stage}"),
    Kind.ESCALATED: (
        "逾期未結，請督導：{number} {stage}",
        "Still overdue, please see to it: {number}, {stage}",
    ),
}
TEXT = ("{item}（{unit}）{stage}期限 {due}。", "{item} ({unit}): {stage} due {due}.")


def plan(
    stage: Stage,
    due_at: datetime,
    now: datetime,
    office: Office,
    night_ok: bool,
    hours: Hours = DEFAULT_HOURS,
) -> list[Planned]:
    """The reminders of a clock that are still to come, in order.

    A warning whose time is over is left out. Of the others whose time is over each recipient gets the
    last, at once or at the next allowed instant. Raises DateOutOfCalendar.
    """
    planned: list[Planned] = []
    for kind, to, instant in REMINDERS[stage]:
        at = instant(due_at, office)
        if kind is Kind.BEFORE:
            at = at if night_ok else _latest_allowed(at, office, hours)
            if at <= now or at >= due_at:
                continue
        elif at <= now:
            planned = [one for one in planned if one.to is not to]
            at = now
        if kind is not Kind.BEFORE and not night_ok:
            at = _next_allowed(at, office, hours)
        planned.append(Planned(kind, at.astimezone(UTC), to))
    return planned


def _next_allowed(at: datetime, office: Office, hours: Hours) -> datetime:
    day = at.astimezone(office.zone).date()
    while (allowed := hours.on(day, office)) is None or at > allowed[1]:
        day += ONE_DAY
    return max(at, allowed[0])


def _latest_allowed(at: datetime, office: Office, hours: Hours) -> datetime:
    day = at.astimezone(office.zone).date()
    while (allowed := hours.on(day, office)) is None or at < allowed[0]:
        day -= ONE_DAY
    return min(at, allowed[1])


def reminders(
    *,
    due_row_id: int,
    case_number: str,
    unit: str,
    stage: Stage,
    due_at: datetime,
    item_name: str,
    night_ok: bool,
    office: Office,
    now: datetime,
    item_name_en: str | None = None,
    hours: Hours = DEFAULT_HOURS,
) -> list[Letter]:
    """The reminders of a clock (`due_row_id` is its row) to the desks of `unit`.

    Put out again for the same due time they add nothing, even for another unit, unless they were unscheduled.
    """
    names = (item_name, item_name_en or item_name)
    return [
        Letter(
            key=f"{_prefix(due_row_id)}{due_at.astimezone(UTC):%Y%m%dT%H%M%SZ}:{one.kind}",
            topic=f"reminder.{one.kind}",
            transport=Transport.DESK,
            recipient=f"{one.to}:{unit}",
            subject=case_number,
            payload=reminder_payload(one, case_number, unit, stage, due_at.astimezone(office.zone), names),
            not_before=one.at,
        )
        for one in plan(stage, due_at, now, office, night_ok, hours)
    ]


def unschedule(session: Session, outbox: Outbox, due_row_id: int, now: datetime) -> None:
    """Take back what is still to come for a clock: it was met, or its due time has moved."""
    number = session.scalar(
        select(Case.number).join(CaseDue, CaseDue.case_id == Case.id).where(CaseDue.id == due_row_id)
    )
    outbox.cancel(session, _prefix(due_row_id), now, subject=number)


def _prefix(due_row_id: int) -> str:
    return f"reminder:{due_row_id}:"


def reminder_payload(
    one: Planned, number: str, unit: str, stage: Stage, due: datetime, names: tuple[str, str]
) -> dict[str, str]:
    """The words of a reminder in both languages; `due` on the city's clock, `names` of the item."""
    shown: Iterable[str] = (f"{due.year - 1911}/{due:%m/%d %H:%M}", f"{due:%Y-%m-%d %H:%M}")
    payload = {"case": number, "stage": stage.value, "kind": one.kind.value, "due_at": due.isoformat()}
    columns = zip(("", "_en"), TITLES[one.kind], TEXT, STAGE_TEXT[stage], names, shown, strict=True)
    for suffix, title, text, clock, item, at in columns:
        facts = {"number": number, "unit": unit, "stage": clock, "item": item, "due": at}
        payload[f"title{suffix}"] = title.format(**facts)
        payload[f"text{suffix}"] = text.format(**facts)
    return payload
