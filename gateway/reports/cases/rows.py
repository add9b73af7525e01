"""The rows of a report: what the ledger counts by one dimension, put together as the question wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from gateway.cases.office import Office
from gateway.reports.cases.asking import Asked, half_year_of, is_of_periods
from gateway.reports.cases.dimensions import KEPT_AS, By, Dimension
from gateway.reports.cases.figures import Figure, day_of
from gateway.reports.cases.lines import Line
from gateway.reports.cases.live import OpenNow, open_now
from gateway.reports.cases.naming import Names
from gateway.reports.cases.periods import ONE_DAY, end_of_month
from gateway.reports.cases.reading import counts, stock

_BY_MONTHS: Final = frozenset({By.MONTH, By.HALF_YEAR, By.YEAR})


@dataclass(frozen=True)
class Need:
    """What of the ledger somebody looks at."""

    figures: Sequence[Figure] = ()
    """These; none named: all."""
    valued: bool = True
    """Their values too: handling times, verdicts, scores."""
    standing: bool = True
    """How many were open when the period began."""


def lines(
    session: Session, asked: Asked, names: Names, now: datetime, office: Office, need: Need
) -> dict[str, Line]:
    """A line for every row, by its key: units and items of which nothing is known have none, days and
    months have one each in any case."""
    if is_of_periods(asked.by):
        return _of_periods(session, asked, need)
    kept = KEPT_AS.get(asked.by)
    fold = _folding(asked.by, names)
    found: dict[str, Line] = {}

    def line(key: str) -> Line:
        return found.setdefault(fold(key), Line(live=OpenNow()))

    bounds = asked.bounds
    for key, tally in counts(session, bounds, kept, need.figures, valued=need.valued).items():
        line(key).count(tally)
    if kept is not Dimension.PERSON and Dimension.PERSON not in bounds.within:
        before = stock(session, bounds, bounds.first, kept) if need.standing else {}
        for key, open_before in before.items():
            if open_before:
                one = line(key)
                one.opening = (one.opening or 0) + open_before
        for key, live in open_now(session, bounds.within, kept, now, office).items():
            line(key).add(Line(live=live))
    else:
        for one in found.values():
            one.opening, one.live = None, None
    return found


def whole(session: Session, asked: Asked, rows: dict[str, Line], now: datetime, office: Office) -> Line:
    """All rows as one: flows and handling times add up; the periods' first opening is the opening."""
    total = Line(opening=0)
    for row in rows.values():
        total.add(row)
    if is_of_periods(asked.by):
        first = next(iter(rows.values()), None)
        total.opening = first.opening if first else 0
        if Dimension.PERSON not in asked.bounds.within:
            live = open_now(session, asked.bounds.within, None, now, office)
            total.live = live.get("", OpenNow())
    return total


def _folding(by: By, names: Names) -> Callable[[str], str]:
    folds: dict[By, Callable[[str], str]] = {
        By.AGENCY: names.agency, By.MAIN: names.main, By.KIND: names.kind
    }  # fmt: skip
    return folds.get(by, lambda key: key)


def _of_periods(session: Session, asked: Asked, need: Need) -> dict[str, Line]:
    found: dict[str, Line] = {key: Line() for key in _period_keys(asked)}
    monthly = asked.by in _BY_MONTHS
    by = None if monthly else Dimension.DAY
    tallies = counts(session, asked.bounds, by, need.figures, monthly=monthly, valued=need.valued)
    for number, tally in tallies.items():
        day = date(int(number) // 100, int(number) % 100, 1) if monthly else day_of(int(number))
        found[period_key(max(day, asked.bounds.first), asked.by)].count(tally)
    by_person = Dimension.PERSON in asked.bounds.within
    counted = need.standing and not by_person
    before = stock(session, asked.bounds, asked.bounds.first) if counted else {}
    stood = before.get("", 0)
    for line in found.values():
        line.opening = None if by_person else stood
        stood = line.closing or 0
    return found


def period_key(day: date, by: By) -> str:
    """What the period of a day is called: `2018-07-01`, `2018-07`, `2018-1` (half-year), `2018`; a week by
    its Monday."""
    if by is By.WEEK:
        return (day - timedelta(days=day.weekday())).isoformat()
    if by is By.DAY:
        return day.isoformat()
    if by is By.MONTH:
        return f"{day:%Y-%m}"
    return half_year_of(day) if by is By.HALF_YEAR else str(day.year)


def _period_keys(asked: Asked) -> Iterator[str]:
    day, seen = asked.bounds.first, ""
    while day <= asked.bounds.last:
        key = period_key(day, asked.by)
        if key != seen:
            yield key
            seen = key
        day = day + ONE_DAY if asked.by not in _BY_MONTHS else end_of_month(day) + ONE_DAY


def days_of_period(key: str, by: By) -> tuple[date, date]:
    """The first and the last day of a period by its key."""
    if by in {By.DAY, By.WEEK}:
        first = date.fromisoformat(key)
        return first, first + timedelta(days=6 if by is By.WEEK else 0)
    year, _, part = key.partition("-")
    months = {By.MONTH: 1, By.HALF_YEAR: 6, By.YEAR: 12}[by]
    begins = 1 if by is By.YEAR else (int(part) - 1) * months + 1
    return date(int(year), begins, 1), end_of_month(date(int(year), begins + months - 1, 1))
