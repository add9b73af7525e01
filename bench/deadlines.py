"""How many due times a second, beside other libraries, and whether they agree.

    python bench/deadlines.py

One process, one thread. Each library is asked only what it can answer; where its rule is the same
as ours the answers are compared on random inputs. Writes bench/results/deadlines.md.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import pandas as pd
import pytz

from gateway.cases.calendar import SATURDAY, OfficeCalendar
from gateway.cases.closures import Closure, Part, Window
from gateway.cases.deadlines import Limit, LimitUnit, Pause, add_office_minutes, due_at
from gateway.cases.office import Office

RESULT = Path(__file__).resolve().parent / "results" / "deadlines.md"
TAIPEI = ZoneInfo("Asia/Taipei")
RANDOM = random.Random(1999)  # noqa: S311
CALENDAR = OfficeCalendar.load()
OFFICE = Office.from_text(CALENDAR, "08:00-12:00,13:30-17:30", "Asia/Taipei")
FIRST = datetime(2020, 1, 1, tzinfo=TAIPEI)
MINUTES_IN_TEN_YEARS = 10 * 365 * 1440
STARTS = [FIRST + timedelta(minutes=RANDOM.randrange(MINUTES_IN_TEN_YEARS)) for _ in range(20_000)]
DAYS = [RANDOM.randint(1, 30) for _ in STARTS]
LIMITS = {n: Limit(n, LimitUnit.WORKING_DAYS, "bench", True) for n in range(1, 31)}
MINUTES = {n: Limit(n * 120, LimitUnit.OFFICE_MINUTES, "bench", True) for n in range(1, 31)}
PARTS = list(Part)
CLOSURES = tuple(
    Closure(FIRST.date() + timedelta(days=RANDOM.randrange(3650)), RANDOM.choice(PARTS), "颱風", "typhoon")
    for _ in range(60)
)
STORMY = OFFICE.with_closures(CLOSURES)
WEEKDAYS = list(range(SATURDAY))
ROUNDS = 5


@dataclass(frozen=True)
class Line:
    """One row of the result: what was asked of whom, how fast, how often it said the same."""

    what: str
    who: str
    a_second: float
    agreed: str = ""


def rate(ask: Callable[[int], object], count: int) -> float:
    """Answers a second: the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for number in range(count):
            ask(number)
        best = max(best, count / (time.perf_counter() - began))
    return best


def agreed(ours: Callable[[int], object], theirs: Callable[[int], object], count: int) -> str:
    """How many of the first `count` answers are the same."""
    same = sum(ours(number) == theirs(number) for number in range(count))
    return f"{same:,} of {count:,}"


def working_days() -> list[Line]:
    """The n-th working day of the government calendar."""
    taiwan = holidays.country_holidays("TW", years=range(2019, 2032))
    off = [day for day in pd.date_range("2019-12-01", "2031-12-31").date if not CALENDAR.is_working(day)]
    offsets = {n: pd.offsets.CustomBusinessDay(n=n, weekmask="1111111", holidays=off) for n in LIMITS}
    dates = [start.date() for start in STARTS]
    stamps = [pd.Timestamp(day) for day in dates]

    def ours(i: int) -> datetime:
        return due_at(LIMITS[DAYS[i]], STARTS[i], OFFICE)

    def our_day(i: int) -> date:
        return CALENDAR.working_day_after(dates[i], DAYS[i])

    def stormy(i: int) -> datetime:
        return due_at(LIMITS[DAYS[i]], STARTS[i], STORMY)

    def paused(i: int) -> datetime:
        start = STARTS[i]
        pause = Pause(start + timedelta(days=1), start + timedelta(days=2, hours=3))
        return due_at(LIMITS[DAYS[i]], start, STORMY, (pause,))

    def of_holidays(i: int) -> date:
        return taiwan.get_nth_working_day(dates[i], DAYS[i])

    def of_pandas(i: int) -> date:
        return (stamps[i] + offsets[DAYS[i]]).date()

    what, count = "working days", len(STARTS)
    return [
        Line(what, "ours: due time", rate(ours, count)),
        Line(what, "ours: due time, 60 closures loaded", rate(stormy, count)),
        Line(what, "ours: due time, 60 closures loaded, one pause", rate(paused, count)),
        Line(what, "ours: the day alone", rate(our_day, count)),
        Line(
            what,
            f"holidays {holidays.__version__} get_nth_working_day",
            rate(of_holidays, 1000),
            agreed(our_day, of_holidays, 5000),
        ),
        Line(
            what,
            f"pandas {pd.__version__} CustomBusinessDay",
            rate(of_pandas, 2000),
            agreed(our_day, of_pandas, 5000),
        ),
    ]


def office_minutes() -> list[Line]:
    """Budgets of two to sixty office hours, Monday to Friday."""
    one_window = {n: pd.offsets.CustomBusinessHour(n=2 * n, start="09:00", end="17:00") for n in MINUTES}
    stamps = [pd.Timestamp(start.replace(tzinfo=None)) for start in STARTS]
    rules = businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(
                start_time=time_of_day(*divmod(opens, 60)),
                end_time=time_of_day(*divmod(closes, 60)),
                working_days=WEEKDAYS,
                tz=pytz.timezone("Asia/Taipei"),
            )
            for opens, closes in OFFICE.windows
        ]
    )
    budgets = {n: businesstimedelta.BusinessTimeDelta(rules, hours=2 * n) for n in MINUTES}

    def two_windows_of(day: date) -> Sequence[Window]:
        return OFFICE.windows if day.weekday() < SATURDAY else ()

    def one_window_of(day: date) -> Sequence[Window]:
        return ((540, 1020),) if day.weekday() < SATURDAY else ()

    def ours(i: int) -> datetime:
        return due_at(MINUTES[DAYS[i]], STARTS[i], STORMY)

    def on_weekdays(i: int) -> datetime:
        return add_office_minutes(STARTS[i], DAYS[i] * 120, two_windows_of, TAIPEI)

    def of_businesstimedelta(i: int) -> datetime:
        return STARTS[i] + budgets[DAYS[i]]

    def of_pandas(i: int) -> datetime:
        return (stamps[i] + one_window[DAYS[i]]).to_pydatetime().replace(tzinfo=TAIPEI).astimezone(UTC)

    def as_pandas_says(i: int) -> datetime:
        due = add_office_minutes(STARTS[i], DAYS[i] * 120, one_window_of, TAIPEI)
        at_closing = due.astimezone(TAIPEI).time() == time_of_day(17)
        return add_office_minutes(due + timedelta(seconds=1), 0, one_window_of, TAIPEI) if at_closing else due

    what = "office minutes"
    return [
        Line(what, "ours: real calendar, 60 closures loaded", rate(ours, 2000)),
        Line(what, "ours: Monday to Friday, two windows", rate(on_weekdays, 2000)),
        Line(
            what,
            "businesstimedelta 1.0.1, two windows",
            rate(of_businesstimedelta, 500),
            agreed(on_weekdays, of_businesstimedelta, 2000),
        ),
        Line(
            what,
            f"pandas {pd.__version__} CustomBusinessHour, one window",
            rate(of_pandas, 500),
            agreed(as_pandas_says, of_pandas, 2000),
        ),
    ]


def main() -> None:
    """Measure, print, and write the figures down."""
    lines = working_days() + office_minutes()
    began = time.perf_counter()
    for _ in range(100):
        CALENDAR.with_closures(CLOSURES)
    made = (time.perf_counter() - began) * 10
    table = "\n".join(f"| {row.what} | {row.who} | {row.a_second:,.0f} | {row.agreed} |" for row in lines)
    text = f"""# Due times a second

`python bench/deadlines.py`: one process, one thread, best of {ROUNDS} rounds, on a machine that others use.
Random receipts in 2020-2029, limits of 1-30 working days or 2-60 office hours.

| | who | a second | agrees with ours |
|---|---|---|---|
{table}

A calendar with {len(CLOSURES)} closures is made from the loaded one in {made:.2f} ms.

Not compared because the rule differs: `pandas` puts a budget that ends at closing time at the next opening
(counted here as the same time of work) and takes one window a day; neither it nor `businesstimedelta` knows
make-up Saturdays, half days or pauses.
"""
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
