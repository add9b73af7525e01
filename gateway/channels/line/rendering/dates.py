"""Dates as citizens here read them: the city's clock, ROC years in Chinese. Pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
_ROC_BEFORE = 1911
_WEEKDAYS = "一二三四五六日"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def date_words(iso: object, language: str) -> str:
    """A day such as `2024-05-02` in words; empty for what is none."""
    try:
        day = date.fromisoformat(str(iso)[:10])
    except ValueError:
        return ""
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"民國 {day.year - _ROC_BEFORE} 年 {day.month} 月 {day.day} 日"


def instant_words(iso: object, language: str) -> str:
    """An instant to the minute, in the city; empty for what is none."""
    try:
        at = datetime.fromisoformat(str(iso)).astimezone(TAIPEI)
    except (ValueError, OverflowError):
        return ""
    if language == "en":
        return f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}"
    day = f"{at.year - _ROC_BEFORE} 年 {at.month} 月 {at.day} 日"
    return f"{day}（{_WEEKDAYS[at.weekday()]}）{at:%H:%M}"
