"""How late something is, in words and with a tone; the words say all that the colour says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.cases.closures import HALVES_A_DAY
from gateway.cases.deadlines import Verdict, verdict
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.office import Office

ONE_HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True)
class Lateness:
    """How a clock stands: tone of the badge (`ok`, `info`, `warn`, `alarm`, `quiet`), zh-TW, English."""

    tone: str
    zh: str
    en: str

    @property
    def pair(self) -> tuple[str, str]:
        """The words, zh-TW and English."""
        return self.zh, self.en


NOT_RUNNING = Lateness("quiet", "未計時", "No clock")
PAUSED = Lateness("info", "等候民眾補件（暫停計時）", "Waiting for the citizen (clock paused)")
MET = Lateness("ok", "依限", "On time")
MISSED = Lateness("alarm", "逾限", "Overdue")


def lateness(
    due_at: datetime | None,
    met_at: datetime | None,
    now: datetime,
    office: Office,
    paused_since: datetime | None = None,
) -> Lateness:
    """How the clock that is due at `due_at` stands at `now`; a verdict when it was met.

    What was late before a pause began stays late.
    """
    if due_at is None:
        return NOT_RUNNING
    judged = verdict(due_at, met_at, now, paused_since)
    if met_at is not None:
        return MET if judged is Verdict.ON_TIME else MISSED
    if judged is Verdict.OVERDUE:
        zh, en = _span((paused_since or now) - due_at)
        return Lateness("alarm", f"逾限 {zh}", f"Overdue by {en}")
    if paused_since is not None:
        return PAUSED
    return _left(due_at, now, office)


def _left(due_at: datetime, now: datetime, office: Office) -> Lateness:
    here, today = due_at.astimezone(office.zone), now.astimezone(office.zone).date()
    if here.date() == today:
        if due_at - now < ONE_HOUR:
            zh, en = _span(due_at - now)
            return Lateness("warn", f"今日到期，剩 {zh}", f"Due today, {en} left")
        return Lateness("warn", f"今日 {here:%H:%M} 到期", f"Due today at {here:%H:%M}")
    days = _working_days_left(now, due_at, office)
    if days == 1:
        return Lateness("info", "剩 1 個工作日", "1 working day left")
    if days:
        return Lateness("ok", f"剩 {days} 個工作日", f"{days} working days left")
    zh, en = _span(due_at - now)
    return Lateness("info", f"剩 {zh}", f"{en} left")


def _working_days_left(now: datetime, due_at: datetime, office: Office) -> int:
    """Working days after today up to the due day; 0 where there is none or the calendar does not reach."""
    today, last = now.astimezone(office.zone).date(), due_at.astimezone(office.zone).date()
    try:
        first = office.calendar.rank(today, HALVES_A_DAY)
        halves = office.calendar.rank(last, HALVES_A_DAY) - first
    except DateOutOfCalendar:
        return 0
    return -(-halves // HALVES_A_DAY)


def _span(span: timedelta) -> tuple[str, str]:
    """A length of time in its largest useful unit, never rounded up."""
    if span < ONE_HOUR:
        minutes = max(int(span / timedelta(minutes=1)), 1)
        return f"{minutes} 分鐘", f"{minutes} min"
    if span < TWO_DAYS:
        hours = int(span / ONE_HOUR)
        return f"{hours} 小時", f"{hours} h"
    days = span // ONE_DAY
    return f"{days:,} 天", f"{days:,} days"


def end_of_day(now: datetime, office: Office, days: int = 0) -> datetime:
    """The end of today, or of the day `days` later, on the city's clock."""
    midnight = now.astimezone(office.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return (midnight + (days + 1) * ONE_DAY).replace(tzinfo=office.zone).astimezone(UTC)
