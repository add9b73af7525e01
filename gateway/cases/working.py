"""The working of a due time: what is stored with the case and what a person reads."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from gateway.cases.closures import HALVES_A_DAY, PART_TEXT, Part
from gateway.cases.deadlines import DueTime, Limit, LimitUnit
from gateway.cases.office import DayNature, Office
from gateway.cases.office_hours import MINUTES_A_DAY, local_instant, office_time_between
from gateway.cases.pauses import Pause
from gateway.cases.rules import Stage

STAGE_TEXT = {
    "routing": ("受理或改分", "Take up or pass on"),
    "inspection": ("會勘", "Inspection"),
    "completion": ("完成", "Completion"),
}
UNIT_TEXT = {
    LimitUnit.HOURS: (
        "小時，自受理時刻起算，夜間及假日照計",
        "hours from the moment of receipt, nights and holidays included",
    ),
    LimitUnit.OFFICE_MINUTES: (
        "分鐘，自受理時刻起算，僅計辦公時間",
        "minutes of office hours from the moment of receipt",
    ),
    LimitUnit.WORKING_DAYS: ("個工作日，自受理次日起算", "working days, counted from the day after receipt"),
    LimitUnit.CALENDAR_DAYS: (
        "日，自受理次日起算，含假日",
        "calendar days, counted from the day after receipt",
    ),
}
SAME_DAY = ("受理當日", "the day of receipt")
EXAMPLE = ("示範值", "example value")
PAUSED = ("計時暫停", "clock paused")
WEEKDAYS = (tuple("一二三四五六日"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))


def rule_record(limit: Limit) -> dict[str, Any]:
    """The rule as it is stored with a due time."""
    return {
        "amount": limit.amount,
        "unit": limit.unit.value,
        "due_time": limit.due_time,
        "source": limit.source,
        "example": limit.example,
    }


def working_record(due: DueTime, received_at: datetime, office: Office) -> dict[str, Any]:
    """The working as it is stored: every day skipped, and every unusual day that counted, with why.

    `half_days` lost one half to a closure, `paused` lost the named part to a pause.
    """
    return {
        "received_local": received_at.astimezone(office.zone).isoformat(),
        "due_local": due.due_at.astimezone(office.zone).isoformat(),
        "zone": office.zone.key,
        "skipped": [_day(day, office) for day in due.days if not day.works],
        "counted": [day.day.isoformat() for day in due.days if day.counting_halves],
        "made_up": [_day(day, office) for day in due.days if day.works and not day.usual and not day.closed],
        "half_days": [
            {**_day(day, office), "closed": day.closed} for day in due.days if day.works and day.closed
        ],
        "paused": [{"date": day.day.isoformat(), "part": day.paused} for day in due.days if day.paused],
        "pauses": [[begins.isoformat(), ends.isoformat()] for begins, ends in due.pauses],
    }


def limit_text(limit: Limit, language: str) -> str:
    """A limit in words, marked as an example where no source gives it."""
    en = language.startswith("en")
    same_day = limit.unit is LimitUnit.CALENDAR_DAYS and limit.amount == 0
    unit = UNIT_TEXT[limit.unit][en]
    if limit.amount == 1:
        unit = re.sub("(hour|minute|day)s", r"\1", unit, count=1)
    text = SAME_DAY[en] if same_day else f"{limit.amount} {unit}"
    if not limit.example:
        return text
    return f"{text} ({EXAMPLE[en]})" if en else f"{text}（{EXAMPLE[en]}）"


def working_lines(stage: Stage, limit: Limit, due: DueTime, office: Office, language: str) -> list[str]:
    """The working for a person: the rule, each day with its number or why it was skipped, pauses, the end."""
    en = language.startswith("en")
    lines = [
        f"{STAGE_TEXT[stage][en]}: {limit_text(limit, language)}"
        if en
        else f"【{STAGE_TEXT[stage][en]}】{limit_text(limit, language)}"
    ]
    counted = 0
    for day in due.days:
        counted = min(counted + len(day.counting_halves), HALVES_A_DAY * limit.amount)
        amount = _day_number(counted, en)
        if limit.unit is LimitUnit.OFFICE_MINUTES:
            amount = _minutes_text(day, due, office, en)
        lines.append(f"  {_date_text(day.day, en)} {_day_text(day, amount, office, en)}")
    lines += [f"  {_pause_text(begins, ends, office, en)}" for begins, ends in due.pauses]
    local = due.due_at.astimezone(office.zone)
    when = f"{_date_text(local.date(), en)} {local:%H:%M:%S}"
    source = f"  source: {limit.source}" if en else f"  依據：{limit.source}"
    return [*lines, f"  due: {when}" if en else f"  期限：{when}", source]


def _day(day: DayNature, office: Office) -> dict[str, str]:
    row = {"date": day.day.isoformat(), "zh": day.zh, "en": day.en}
    if day.announced_at is not None:
        row["announced_local"] = day.announced_at.astimezone(office.zone).isoformat()
    return row


def _date_text(day: date, en: bool) -> str:
    weekday = WEEKDAYS[en][day.weekday()]
    return f"{day} ({weekday})" if en else f"{day}（{weekday}）"


def _day_text(day: DayNature, amount: str, office: Office, en: bool) -> str:
    losses = []
    if not day.works or day.closed:
        losses.append(_loss_text(day.closed or Part.ALL, _reason(day, office, en), en))
    if day.paused:
        losses.append(_loss_text(day.paused, PAUSED[en], en))
    if losses:
        amounts = [amount] if day.counting_halves else []
        return ("; " if en else "；").join([*losses, *amounts])
    if day.usual:
        return amount
    return f"{amount}: {day.en}" if en else f"{amount}：{day.zh}"


def _loss_text(part: Part, reason: str, en: bool) -> str:
    which = "" if part is Part.ALL else PART_TEXT[part][en]
    return f"{which} skipped: {reason}".lstrip() if en else f"{which}不計：{reason}"


def _reason(day: DayNature, office: Office, en: bool) -> str:
    if day.announced_at is None:
        return day.en if en else day.zh
    when = f"{day.announced_at.astimezone(office.zone):%Y-%m-%d %H:%M}"
    return f"{day.en} (announced {when})" if en else f"{day.zh}（{when} 發布）"


def _day_number(halves: int, en: bool) -> str:
    days, odd = divmod(halves, HALVES_A_DAY)
    if odd:
        return f"up to day {days}.5" if en else f"計至第 {days}.5 日"
    return f"day {days}" if en else f"第 {days} 日"


def _minutes_text(day: DayNature, due: DueTime, office: Office, en: bool) -> str:
    begins = max(due.received_at, local_instant(day.day, 0, office.zone))
    ends = min(due.due_at, local_instant(day.day, MINUTES_A_DAY, office.zone))
    pauses = [Pause(*span) for span in due.pauses]
    worked = office_time_between(begins, ends, office.windows_of, office.zone, pauses)
    minutes = f"{worked.total_seconds() / 60:.2f}".rstrip("0").rstrip(".")
    return f"{minutes} min" if en else f"計 {minutes} 分鐘"


def _pause_text(begins: datetime, ends: datetime, office: Office, en: bool) -> str:
    start, end = (f"{at.astimezone(office.zone):%Y-%m-%d %H:%M:%S}" for at in (begins, ends))
    return f"{PAUSED[en]}: {start} to {end}" if en else f"{PAUSED[en]}：{start}～{end}"
