"""The working of a due time as a person reads it, from what was stored when it was set. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gateway.cases.clocks import limit_of
from gateway.cases.closures import HALVES_A_DAY, PART_TEXT, Part
from gateway.cases.working import EXAMPLE, PAUSED, WEEKDAYS, limit_text

_Row = Mapping[str, Any]


@dataclass(frozen=True)
class WorkingDay:
    """One day that was looked at: its date, and what it counted or why it did not."""

    day: str
    counts: bool
    words: str


@dataclass(frozen=True)
class ToldWorking:
    """How a due time came about, in one language."""

    rule: str
    source: str
    example: bool
    days: Sequence[WorkingDay]
    notes: Sequence[str]
    """Pauses, an extension: what else moved it."""


def told_working(rule: _Row, working: _Row, language: str) -> ToldWorking:
    """The stored rule and working of a clock in words (`zh-TW` or `en`)."""
    en = language.startswith("en")
    limit = limit_of(dict(rule))
    notes = [_pause(begins, ends, en) for begins, ends in working.get("pauses", ())]
    if working.get("extended_to"):
        until = _minute(working["extended_to"])
        notes.append(f"Extended to {until}" if en else f"核准展延至 {until}")
    return ToldWorking(limit_text(limit, language), limit.source, limit.example, _days(working, en), notes)


def example_mark(language: str) -> str:
    """The mark of a limit that no source gives."""
    return EXAMPLE[language.startswith("en")]


def _days(working: _Row, en: bool) -> list[WorkingDay]:
    skipped = {row["date"]: row for row in working.get("skipped", ())}
    made_up = {row["date"]: row for row in working.get("made_up", ())}
    half = {row["date"]: row for row in working.get("half_days", ())}
    paused = {row["date"]: row for row in working.get("paused", ())}
    counted = set(working.get("counted", ()))
    days, halves = [], 0
    for name in sorted({*skipped, *made_up, *half, *paused, *counted}):
        losses = []
        if name in skipped:
            losses.append(_lost("", _why(skipped[name], en), en))
        if name in half:
            losses.append(_lost(half[name].get("closed") or "", _why(half[name], en), en))
        if name in paused:
            losses.append(_lost(paused[name].get("part") or "", PAUSED[en], en))
        counts = name in counted
        if counts:
            lost_half = name in half or paused.get(name, {}).get("part") in {Part.AM, Part.PM}
            halves += 1 if lost_half else HALVES_A_DAY
            number = _day_number(halves, en)
            if name in made_up:
                number += f" ({_why(made_up[name], en)})" if en else f"（{_why(made_up[name], en)}）"
            losses.append(number)
        days.append(WorkingDay(_date(name, en), counts, ("; " if en else "；").join(losses)))
    return days


def _why(row: _Row, en: bool) -> str:
    reason = str(row["en"] if en else row["zh"])
    announced = row.get("announced_local")
    if not announced:
        return reason
    when = _minute(announced)
    return f"{reason} (announced {when})" if en else f"{reason}（{when} 發布）"


def _lost(part: str, reason: str, en: bool) -> str:
    which = PART_TEXT[Part(part)][en] if part in {Part.AM, Part.PM} else ""
    return f"{which} not counted: {reason}".lstrip() if en else f"{which}不計：{reason}"


def _day_number(halves: int, en: bool) -> str:
    days, odd = divmod(halves, HALVES_A_DAY)
    if odd:
        return f"up to day {days}.5" if en else f"計至第 {days}.5 日"
    return f"day {days}" if en else f"第 {days} 日"


def _date(name: str, en: bool) -> str:
    weekday = WEEKDAYS[en][date.fromisoformat(name).weekday()]
    return f"{name} ({weekday})" if en else f"{name}（{weekday}）"


def _pause(begins: str, ends: str, en: bool) -> str:
    return f"{PAUSED[en]}: {_minute(begins)} – {_minute(ends)}" if en else (
        f"{PAUSED[en]}：{_minute(begins)}～{_minute(ends)}"
    )  # fmt: skip


def _minute(stored: str) -> str:
    return f"{datetime.fromisoformat(stored):%Y-%m-%d %H:%M}"
