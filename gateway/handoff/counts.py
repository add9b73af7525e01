"""The queue in figures, for each day or hour: read from the events of conversations, never counted aside."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.conversations.rules import Owner
from gateway.errors import InvalidInput
from gateway.handoff.call_back_rules import CallState
from gateway.handoff.figures import MOST_DAYS, By, Count, count_stay
from gateway.handoff.models import CallBack, LineReport
from gateway.handoff.rules import LINES_FRESH, lines_are_full
from gateway.handoff.stays import put_back_or_stepped_in, stays_between

YEARS = range(2000, 9000)
"""Years that every database can reckon with, in every zone."""


def counts(
    session: Session, first: date, last: date, by: By, zone: ZoneInfo, lines_full_share: float
) -> list[Count]:
    """A row for every day from `first` to `last`, or for every hour of them in which something happened.

    Raises InvalidInput for days in the wrong order or too many of them.
    """
    in_time = first.year in YEARS and last.year in YEARS
    if not in_time or not first <= last or (last - first).days >= MOST_DAYS[by]:
        raise InvalidInput(f"from, to: in order, at most {MOST_DAYS[by]} days")
    start = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    rows: dict[datetime, Count] = {}

    def row(at: datetime) -> Count:
        begins = _begin(at.astimezone(zone), by)
        return rows.setdefault(begins, Count(begins))

    if by is By.DAY:
        for ahead in range((last - first).days + 1):
            row(datetime.combine(first + timedelta(days=ahead), time(), zone))
    full = full_at(session, start, end, lines_full_share)
    for stay in stays_between(session, start, end):
        count_stay(row(stay.since), stay, full)
    for at, to, _ in put_back_or_stepped_in(session, start, end):
        row(at).returned += to == Owner.QUEUE
        row(at).stepped_in += to == Owner.OPERATOR
    _count_calls(session, start, end, row)
    return [rows[begins] for begins in sorted(rows)]


def _count_calls(session: Session, start: datetime, end: datetime, row: Callable[[datetime], Count]) -> None:
    asked = select(CallBack.asked_at).where(CallBack.asked_at >= start, CallBack.asked_at < end)
    for at in session.scalars(asked):
        row(at).calls_asked += 1
    reached = select(CallBack.finished_at).where(
        CallBack.state == CallState.REACHED, CallBack.finished_at >= start, CallBack.finished_at < end
    )
    for done in session.scalars(reached):
        if done is not None:
            row(done).calls_reached += 1


def full_at(session: Session, start: datetime, end: datetime, share: float) -> Callable[[datetime], bool]:
    """Whether the lines were full at an instant, by the last report before it if that was fresh."""
    reports = session.execute(
        select(LineReport.at, LineReport.busy, LineReport.total)
        .where(LineReport.at >= start - LINES_FRESH, LineReport.at < end)
        .order_by(LineReport.at, LineReport.id)
    ).all()
    times = [report.at for report in reports]

    def full(at: datetime) -> bool:
        place = bisect_right(times, at) - 1
        if place < 0 or at - times[place] > LINES_FRESH:
            return False
        return lines_are_full(reports[place].busy, reports[place].total, share)

    return full


def _begin(here: datetime, by: By) -> datetime:
    hour = here.replace(minute=0, second=0, microsecond=0)
    return hour.replace(hour=0) if by is By.DAY else hour
