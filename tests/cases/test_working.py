"""The working a person reads and the record kept with the case."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.closures import Closure, Part
from gateway.cases.deadlines import Limit, LimitUnit, compute
from gateway.cases.office import Office
from gateway.cases.pauses import Pause
from gateway.cases.rules import Stage
from gateway.cases.working import limit_text, working_lines, working_record

TAIPEI = ZoneInfo("Asia/Taipei")


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


CLOSURES = (
    Closure(date(2026, 11, 20), Part.PM, "颱風停止上班", "typhoon", taipei("2026-11-20T13:10")),
    Closure(date(2026, 11, 24), Part.ALL, "颱風停止上班", "typhoon"),
)
OFFICE = Office.from_text(OfficeCalendar.load(), "08:00-12:00,13:30-17:30", "Asia/Taipei").with_closures(
    CLOSURES
)
RECEIVED = taipei("2026-11-19T16:00")
PAUSES = (Pause(taipei("2026-11-25T11:00"), taipei("2026-11-25T13:00")),)


def limit(amount: int, unit: str) -> Limit:
    return Limit(amount, LimitUnit(unit), "市府規定", False)


def lines(rule: Limit, language: str, pauses: tuple[Pause, ...] = PAUSES) -> list[str]:
    due = compute(rule, RECEIVED, OFFICE, pauses)
    return [line.strip() for line in working_lines(Stage.COMPLETION, rule, due, OFFICE, language)]


def test_halves_closures_and_pauses_are_shown_with_their_reasons() -> None:
    assert lines(limit(3, "working_days"), "zh") == [
        "【完成】3 個工作日，自受理次日起算",
        "2026-11-20（五） 下午不計：颱風停止上班（2026-11-20 13:10 發布）；計至第 0.5 日",
        "2026-11-21（六） 不計：週末",
        "2026-11-22（日） 不計：週末",
        "2026-11-23（一） 計至第 1.5 日",
        "2026-11-24（二） 不計：颱風停止上班",
        "2026-11-25（三） 上午不計：計時暫停；第 2 日",
        "2026-11-26（四） 第 3 日",
        "計時暫停：2026-11-25 11:00:00～2026-11-25 13:00:00",
        "期限：2026-11-26（四） 17:30:00",
        "依據：市府規定",
    ]


def test_the_same_in_english() -> None:
    told = lines(limit(2, "working_days"), "en")
    assert told[0] == "Completion: 2 working days, counted from the day after receipt"
    assert told[1] == (
        "2026-11-20 (Fri) afternoon skipped: typhoon (announced 2026-11-20 13:10); up to day 0.5"
    )
    assert told[-4:] == [
        "2026-11-25 (Wed) morning skipped: clock paused; day 2",
        "clock paused: 2026-11-25 11:00:00 to 2026-11-25 13:00:00",
        "due: 2026-11-25 (Wed) 17:30:00",
        "source: 市府規定",
    ]


def test_a_day_lost_to_a_closure_and_a_pause_gives_both_reasons_in_the_record() -> None:
    pauses = (Pause(taipei("2026-11-20T09:00"), taipei("2026-11-20T13:00")),)
    record = working_record(compute(limit(1, "working_days"), RECEIVED, OFFICE, pauses), RECEIVED, OFFICE)
    assert record["half_days"] == [
        {
            "date": "2026-11-20",
            "zh": "颱風停止上班",
            "en": "typhoon",
            "announced_local": "2026-11-20T13:10:00+08:00",
            "closed": "pm",
        }
    ]
    assert record["paused"] == [{"date": "2026-11-20", "part": "am"}]
    assert record["pauses"] == [["2026-11-20T01:00:00+00:00", "2026-11-20T05:00:00+00:00"]]
    assert record["counted"] == ["2026-11-23"]
    told = lines(limit(1, "working_days"), "zh", pauses)
    assert told[1] == ("2026-11-20（五） 下午不計：颱風停止上班（2026-11-20 13:10 發布）；上午不計：計時暫停")


def test_office_minutes_say_how_many_each_day_gave() -> None:
    assert lines(limit(600, "office_minutes"), "zh")[1:-2] == [
        "2026-11-19（四） 計 90 分鐘",
        "2026-11-20（五） 下午不計：颱風停止上班（2026-11-20 13:10 發布）；計 240 分鐘",
        "2026-11-21（六） 不計：週末",
        "2026-11-22（日） 不計：週末",
        "2026-11-23（一） 計 270 分鐘",
    ]


def test_calendar_days_name_the_days_that_stood_still() -> None:
    pauses = (Pause(taipei("2026-11-20T11:00"), taipei("2026-11-21T20:00")),)
    assert lines(limit(2, "calendar_days"), "zh", pauses)[1:4] == [
        "2026-11-20（五） 不計：計時暫停",
        "2026-11-21（六） 不計：計時暫停",
        "計時暫停：2026-11-20 11:00:00～2026-11-21 20:00:00",
    ]


def test_pauses_after_the_due_time_are_not_shown() -> None:
    assert len(lines(limit(4, "hours"), "zh")) == 3


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_clock_has_a_name(stage: Stage, language: str) -> None:
    rule = limit(1, "hours")
    first = working_lines(stage, rule, compute(rule, RECEIVED, OFFICE), OFFICE, language)[0]
    assert limit_text(rule, language) in first


@pytest.mark.parametrize(
    ("amount", "unit", "zh", "en"),
    [
        (1, "hours", "1 小時，", "1 hour from"),
        (1, "office_minutes", "1 分鐘，", "1 minute of office hours"),
        (90, "office_minutes", "90 分鐘，", "90 minutes of office hours"),
        (1, "working_days", "1 個工作日，", "1 working day,"),
        (0, "calendar_days", "受理當日", "the day of receipt"),
    ],
)
def test_a_limit_in_words(amount: int, unit: str, zh: str, en: str) -> None:
    assert limit_text(limit(amount, unit), "zh").startswith(zh)
    assert limit_text(limit(amount, unit), "en").startswith(en)
