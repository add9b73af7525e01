"""How good the forecast of cases is on the city's own data, beside plain ways.

    python bench/forecast.py [--cases FILE] [--last 2017-01-03]

Imports the real cases and lets every method tell the next 14 days on every day of the past on which it could,
knowing only what was known then (rolling origin). «as served» takes, on each day, the method that had been
best until then, with the interval that earlier errors give. Writes bench/results/forecast.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from gateway.cases.calendar import OfficeCalendar
from gateway.cases.catalogue import Catalogue
from gateway.cases.history.reading import FORMATS, read
from gateway.cases.history.service import HistoryImport
from gateway.cases.service import CaseService
from gateway.database import Database, migrate
from gateway.places.service import Places
from gateway.reports.cases.ledger import Ledger
from gateway.reports.learning.daily import By, daily_counts
from gateway.reports.learning.days import Stretch
from gateway.reports.learning.forecast import FEWEST_TRIED, ForecastRoom, history_of
from gateway.reports.learning.forecasting import AHEAD, WEEK, History, Method, Trial, tried
from gateway.reports.learning.intervals import COVERED, Area, covered, errors, known_by, of_area
from gateway.reports.learning.record import record, rows
from gateway.reports.learning.report import Reach
from gateway.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CITY = Path(os.environ.get("WST_CITY_DATA", ROOT.parent / "shared" / "data"))
CASES = "cases/kcg_open1999_cases_structured_2016-2017.csv"
RESULT = ROOT / "bench" / "results" / "forecast.md"
ZONE = ZoneInfo("Asia/Taipei")
FIRST = date(2016, 9, 1)
WAYS = {
    Method.LAST_WEEK: "same weekday last week", Method.FOUR_WEEKS: "mean of 4 such weekdays",
    Method.MODEL: "Poisson regression",
}  # fmt: skip


def imported(file: Path, folder: Path) -> Database:
    """The real cases in a database of their own."""
    database = Database(f"sqlite:///{folder}/forecast.db")
    migrate.upgrade(database)
    settings = Settings(data_dir=folder, secret_key="only for this bench")
    cases = CaseService(database, Catalogue.load(), OfficeCalendar.load(), settings)
    HistoryImport(cases, Places.load()).take(read(file, FORMATS["open1999-csv"]), file.name)
    Ledger(cases).gather_all()
    return database


def past(database: Database, last: date) -> tuple[History, list[date]]:
    """The counts by day and district up to a day, and the days."""
    calendar = OfficeCalendar.load()
    with database.read() as session:
        known = record(session, calendar, FIRST, last)
        assert known is not None
        cells = rows(daily_counts(session, known.stretch.first, last, By.DISTRICT), known.stretch)[1]
    ahead = Stretch.of(calendar, known.stretch.first, last + timedelta(days=AHEAD))
    return history_of(cells, known, ahead), list(known.stretch.days)


def lines(trial: Trial, area: Area, first: int) -> Iterator[str]:
    """The table of an area: each method and what would have been served, from a day on."""
    later = known_by(trial, 10**6) & (np.array(trial.origins) >= first)[:, None, None]
    for method, name in WAYS.items():
        found = errors(trial.told[method], trial.truth, later)
        weeks = [
            errors(trial.told[method], trial.truth, later & (np.arange(AHEAD) // WEEK == week)[None, :, None])
            for week in range(AHEAD // WEEK)
        ]
        assert found and all(weeks)
        ahead = " | ".join(f"{one.wape:.1%}" for one in weeks if one)
        yield f"| {area} | {name} | {found.mae:.2f} | {found.wape:.1%} | {ahead} | | {found.number:,} |"
    served = covered(trial, first)
    assert served is not None
    yield (
        f"| {area} | **as served** | {served[0].mae:.2f} | {served[0].wape:.1%} | | "
        f"| {served[1]:.1%} | {served[0].number:,} |"
    )


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, default=CITY / CASES)
    parser.add_argument("--last", type=date.fromisoformat, default=date(2017, 1, 3))
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        database = imported(options.cases, Path(folder))
        history, days = past(database, options.last)
        began = time.perf_counter()
        with database.read() as session:
            room = ForecastRoom(ZONE, lambda _: OfficeCalendar.load())
            served = room.reckon(session, options.last, Reach(None, sealed=False))
        seconds = time.perf_counter() - began
        database.close()
    now = len(history.counts)
    origins = [place for place in range(now) if history.can_learn(place)]
    trial, first = tried(history, origins), origins[FEWEST_TRIED]
    chosen = ", ".join(f"{area}: {WAYS[served.made[area].method]}" for area in Area)
    text = "\n".join([
        "# The forecast on the city's own cases\n",
        "`python bench/forecast.py`\n",
        f"{len(history.known(0, now))} whole days from {days[0]} to {days[-1]}, {history.counts.shape[1]} "
        f"districts (cases without one among them), {np.nansum(history.counts):,.0f} cases. Told from each "
        f"of the {now - first} days from {days[first]} on, {AHEAD} days ahead, the model fitted anew on "
        f"each; the {FEWEST_TRIED} days before only teach the interval. Inside the interval shall be "
        f"{COVERED:.0%}.\n",
        "| area | method | MAE (cases a day) | WAPE | days 1-7 | days 8-14 | in the interval | forecasts |",
        "|---|---|---|---|---|---|---|---|",
        *(line for area in Area for line in lines(of_area(trial, area), area, first)),
        "",
        f"Served on {options.last}: {chosen}. Reckoning it as the report does: {seconds:.1f} s, in a thread "
        f"beside the requests; {len(served.days)} rows.",
        "",
    ])  # fmt: skip
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
