"""The one way in which cases are counted: pages, files, programs, half-year and public all ask here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.figures import Figure, day_of
from gateway.reports.cases.models import ReportEntry
from gateway.reports.cases.periods import BEGINNING
from gateway.reports.cases.sums import Sums, entries_of, summed
from gateway.reports.cases.tally import Tally
from gateway.reports.cases.totals import FINISHED_TIME


def counts(
    session: Session, bounds: Bounds, by: Dimension | None = None, figures: Sequence[Figure] = (), *,
    monthly: bool = False, valued: bool = True,
) -> dict[str, Tally]:  # fmt: skip
    """What there is within the bounds, for each value of `by` (None: all under ""), of these figures or all.

    `monthly`: for each month instead, as `201807`. `valued` False: nobody asks for values, which are many
    (handling times); all count as of value 0. The session must see one moment (`Database.snapshot`).
    """
    keys = [] if by is None or monthly else [by]
    rows = summed(session, bounds, Sums(keys, monthly, [one.value for one in figures], valued))
    found = Tally.of_rows(rows if keys or monthly else [("", *row) for row in rows])
    for tally in found.values():
        tally.rename(FINISHED_TIME, Figure.FINISHED)
    return found


def amounts(
    session: Session, bounds: Bounds, by: Sequence[Dimension], figure: Figure, *, monthly: bool = False
) -> dict[tuple[str, ...], int]:
    """How many of one figure there are for each combination of `by`, `monthly` for each month (201807)
    before them; what is unknown is "". Combinations of which there are none are not among them."""
    found: Counter[tuple[str, ...]] = Counter()
    for *key, _, _, amount in summed(session, bounds, Sums(by, monthly, [figure.value], valued=False)):
        found[tuple(key)] += amount
    return {key: amount for key, amount in found.items() if amount}


def stock(session: Session, bounds: Bounds, before: date, by: Dimension | None = None) -> dict[str, int]:
    """How many cases were open when the day `before` began, for each value of `by`: all that ever came in
    less all that went out."""
    everything = replace(bounds, first=BEGINNING, last=before - timedelta(days=1))
    found: Counter[str] = Counter()
    for *key, _, _, amount in summed(session, everything, Sums([by] if by else [], standing=True)):
        found[str(key[0]) if key else ""] += amount or 0
    return found


def became(session: Session, bounds: Bounds) -> dict[str, int]:
    """In which state the cases are now that were received within the bounds, and how many in each."""
    rows = session.execute(
        select(Case.status, func.sum(ReportEntry.amount))
        .join(Case, Case.id == ReportEntry.case_id)
        .where(ReportEntry.figure == Figure.RECEIVED.value, *entries_of(bounds))
        .group_by(Case.status)
    )
    return {status: int(amount) for status, amount in rows if amount}


def first_and_last(session: Session) -> tuple[date, date] | None:
    """The days of the first and the last receipt; None without any case."""
    first, last = session.execute(
        select(func.min(ReportEntry.day), func.max(ReportEntry.day)).where(
            ReportEntry.figure == Figure.RECEIVED.value
        )
    ).one()
    return None if first is None else (day_of(first), day_of(last))
