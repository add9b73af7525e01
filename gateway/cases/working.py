"""The working of a due time: what is stored with the case and what a person reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from gateway.cases.deadlines import DayNature, DueTime, Limit, LimitUnit, Office
from gateway.cases.rules import Stage

STAGE_TEXT = {
    Stage.INSPECTION: ("會勘", "Inspection"),
    Stage.COMPLETION: ("完成", "Completion"),
}
UNIT_TEXT = {
    LimitUnit.HOURS: (
        "小時，自受理時刻起算，夜間及假日照計",
        "hours from the moment of receipt, nights and holidays included",
    ),
    LimitUnit.WORKING_DAYS: ("個工作日，自受理次日起算", "working days, counted from the day after receipt"),
    LimitUnit.CALENDAR_DAYS: (
        "日，自受理次日起算，含假日",
        "calendar days, counted from the day after receipt",
    ),
}
SAME_DAY = ("受理當日", "the day of receipt")
EXAMPLE = ("示範值", "example value")
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
    """The working as it is stored: every day skipped, and every unusual day that counted, with why."""
    return {
        "received_local": received_at.astimezone(office.zone).isoformat(),
        "due_local": due.due_at.astimezone(office.zone).isoformat(),
        "zone": office.zone.key,
        "skipped": [_day(day.day, day.zh, day.en) for day in due.days if not day.works],
        "counted": [day.day.isoformat() for day in due.days if day.works],
        "made_up": [_day(day.day, day.zh, day.en) for day in due.days if day.works and not day.usual],
    }


def limit_text(limit: Limit, language: str) -> str:
    """A limit in words, marked as an example where no source gives it."""
    en = language.startswith("en")
    same_day = limit.unit is LimitUnit.CALENDAR_DAYS and limit.amount == 0
    unit = UNIT_TEXT[limit.unit][en]
    if limit.amount == 1:
        unit = unit.replace("hours", "hour", 1).replace("days", "day", 1)
    text = SAME_DAY[en] if same_day else f"{limit.amount} {unit}"
    if not limit.example:
        return text
    return f"{text} ({EXAMPLE[en]})" if en else f"{text}（{EXAMPLE[en]}）"


def working_lines(stage: Stage, limit: Limit, due: DueTime, office: Office, language: str) -> list[str]:
    """The working for a person: the rule, each day with its number or the reason it was skipped, the end."""
    en = language.startswith("en")
    lines = [
        f"{STAGE_TEXT[stage][en]}: {limit_text(limit, language)}"
        if en
        else f"【{STAGE_TEXT[stage][en]}】{limit_text(limit, language)}"
    ]
    counted = 0
    for day in due.days:
        counted += day.works
        lines.append("  " + _day_line(day, counted, en))
    local = due.due_at.astimezone(office.zone)
    when = f"{_date_text(local.date(), en)} {local:%H:%M:%S}"
    source = f"  source: {limit.source}" if en else f"  依據：{limit.source}"
    return [*lines, f"  due: {when}" if en else f"  期限：{when}", source]


def _day(day: date, zh: str, en: str) -> dict[str, str]:
    return {"date": day.isoformat(), "zh": zh, "en": en}


def _date_text(day: date, en: bool) -> str:
    weekday = WEEKDAYS[en][day.weekday()]
    return f"{day} ({weekday})" if en else f"{day}（{weekday}）"


def _day_line(day: DayNature, counted: int, en: bool) -> str:
    date_text, reason = _date_text(day.day, en), day.en if en else day.zh
    if not day.works:
        return f"{date_text} skipped: {reason}" if en else f"{date_text} 不計：{reason}"
    number = f"day {counted}" if en else f"第 {counted} 日"
    if day.usual:
        return f"{date_text} {number}"
    return f"{date_text} {number}: {reason}" if en else f"{date_text} {number}：{reason}"
