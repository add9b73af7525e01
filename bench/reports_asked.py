"""What supervisors ask: every report, by everything, over periods from a month to ten years."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from gateway.reports.cases.dimensions import By

DEADLINES = ("deadlines", "flow", "clocks", "corrections")
FIGURES = ("received", "late", "extended", "reassigned", "opening", "closing", "overdue_now")
"""Figures from which one goes to their cases."""
PAGE = "/console/reports"
MOST_DAYS = 366
SHARES = (("none", 0.6), ("one bound", 0.3), ("two bounds", 0.1))
BOUNDS = (
    ("unit", ("養工處", "環保局", "交通局", "水利局防洪維護科", "警察局")),
    ("district", ("三民區", "鳳山區", "左營區", "岡山區", "旗山區")),
    ("item", ("road_pothole", "street_light_out", "noise", "air_pollution", "petition_roads")),
    ("channel", ("phone", "app", "line", "mayor_mailbox")),
    ("main", ("道路不平",)),
)
"""Bounds that are set now and then, large and small ones."""


@dataclass(frozen=True)
class Question:
    """One report as it is asked for."""

    report: str
    by: str
    period: str
    given: dict[str, str] = field(default_factory=dict)
    named: str = ""
    page: str = ""
    """Its address, where it is none of the reports."""

    @property
    def label(self) -> str:
        """Under which its times are kept."""
        if self.named:
            return self.named
        return f"{self.report} by {self.by}" if self.by else self.report

    @property
    def path(self) -> str:
        """Its page."""
        if self.page:
            return self.page
        return f"{PAGE}/{self.report}?{urlencode(self.given)}" if self.given else f"{PAGE}/{self.report}"


def periods(today: date) -> dict[str, tuple[date, date]]:
    """The periods that are asked for, by name."""
    half = date(today.year, 1, 1), date(today.year, 6, 30)
    return {
        "this month": (today.replace(day=1), today),
        "60 days": (today - timedelta(days=60), today),
        "half-year": half,
        "a year from an odd day": (today - timedelta(days=363), today - timedelta(days=7)),
        "ten years": (date(today.year - 10, today.month, 1) + timedelta(days=11), today),
    }


def every_question(today: date) -> Iterator[Question]:
    """Every deadline report by everything over every period that may be asked for, without bounds."""
    for report in DEADLINES:
        for by in By:
            for name, (first, last) in periods(today).items():
                if by in {By.DAY, By.WEEK} and (last - first).days >= MOST_DAYS:
                    continue
                given = {"by": by.value, "from": first.isoformat(), "to": last.isoformat()}
                yield Question(report, by.value, name, given)


def board() -> Iterator[Question]:
    """The live board: its page, and its figures as they are fetched again and again."""
    yield Question("board", "", "now", page="/console/board")
    yield Question("board", "", "now", named="board: figures", page="/console/board/figures.json")


def lists_of_cases(today: date) -> Iterator[Question]:
    """Lists of open cases, and the cases behind figures."""
    for window in ("4h", "today", "3d"):
        yield Question("due-soon", "", "now", {"within": window})
    yield Question("overdue", "", "now")
    yield Question("behind", "", "now")
    for days in ("3", "7", "30"):
        yield Question("untouched", "", "now", {"days": days})
    for figure in FIGURES:
        for name, (first, last) in periods(today).items():
            given = {"figure": figure, "from": first.isoformat(), "to": last.isoformat()}
            yield Question("cases", "", name, given, f"cases: {figure}")


def bounded(rnd: random.Random, question: Question) -> Question:
    """The question, now and then within bounds."""
    kind = rnd.choices([name for name, _ in SHARES], [share for _, share in SHARES])[0]
    count = {"none": 0, "one bound": 1, "two bounds": 2}[kind]
    given = dict(question.given)
    for name, values in rnd.sample(BOUNDS, count):
        given[name] = rnd.choice(values)
    return replace(question, given=given)


def asked_at_random(rnd: random.Random, questions: Sequence[Question]) -> Iterator[Question]:
    """Reports in no order: first one of the reports, then one of its questions."""
    reports = sorted({one.report for one in questions})
    of = {name: [one for one in questions if one.report == name] for name in reports}
    while True:
        chosen = rnd.choice(of[rnd.choice(reports)])
        yield chosen if chosen.page else bounded(rnd, chosen)
