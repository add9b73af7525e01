"""Figures of a month that may be published: small numbers hidden, and what they could be reckoned from.

Cases are counted as the files of cases have them, so that nobody learns by comparing what is in neither.
Petitions and rates come from the ledger, as in every report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.models import Case
from gateway.cases.rules import Kind
from gateway.open311.rules import is_public
from gateway.opendata.published import published, received_in
from gateway.opendata.rules import Month
from gateway.opendata.suppression import Figure, Mark, alone, rate, suppressed
from gateway.reports.cases.dimensions import Bounds, Dimension
from gateway.reports.cases.figures import LATE, ON_TIME
from gateway.reports.cases.figures import Figure as Counted
from gateway.reports.cases.reading import counts
from gateway.reports.cases.tally import Tally

FIELDS: Final = ("dimension", "key", "received", "closed", "on_time_rate")
NOWHERE: Final = ""
Counts = Mapping[str, int]


@dataclass(frozen=True)
class Line:
    """One part of the city's cases in a month; `on_time_rate` is a whole percentage."""

    dimension: str
    key: str
    received: Figure
    closed: Figure
    on_time_rate: int | None

    def record(self) -> dict[str, Any]:
        """As it stands in a file: marks by their names."""
        return {
            "dimension": self.dimension, "key": self.key, "received": shown(self.received),
            "closed": shown(self.closed), "on_time_rate": self.on_time_rate,
        }  # fmt: skip


def shown(figure: Figure) -> int | str:
    """A number, or the name of what stands in its place."""
    return figure.value if isinstance(figure, Mark) else figure


class Statistics:
    """Works out what may be said of a month. The session must see one moment (`Database.snapshot`)."""

    def __init__(self, items: Mapping[str, ServiceItem], districts: Sequence[str], zone: ZoneInfo) -> None:
        """`items`: every one there ever was; what was published of a month stays when one is retired."""
        self._items, self._zone = items, zone
        self._districts = [*districts, NOWHERE]
        self._mains = list(dict.fromkeys(item.main_zh for item in items.values()))
        self._public = frozenset(
            code for code, item in items.items() if item.kind is Kind.DISPATCH and is_public(item)
        )

    def of_month(self, session: Session, month: Month) -> list[Line]:
        """The whole city, each district, and each main item."""
        received = self._parts(session, received_in(month, self._zone))
        closed = self._parts(session, _closed_in(month, self._zone))
        rates = self.rates(session, month, month)
        figures = [suppressed(parts, sum(parts[0].values())) for parts in (received, closed)]
        (received_parts, received_total), (closed_parts, closed_total) = figures
        lines = [Line("total", "", received_total, closed_total, rates["total"].get(""))]
        for n, dimension in enumerate(("district", "main_item")):
            for key, came in received_parts[n].items():
                ended = closed_parts[n].get(key, 0)
                if came != 0 or ended != 0:
                    lines.append(Line(dimension, key, came, ended, rates[dimension].get(key)))
        return lines

    def volumes(self, session: Session, months: Sequence[Month]) -> list[Mapping[str, Figure]]:
        """Cases received in each month by kind. No total is published of them, so each stands alone."""
        dispatched = [self._published_total(session, month) for month in months]
        others = {
            kind.value: self._received(session, kind, months)
            for kind in (Kind.PETITION, Kind.PUBLIC_WORKS_REPORT)
        }
        return [
            {Kind.DISPATCH.value: dispatched[n], **{kind: alone(found[n]) for kind, found in others.items()}}
            for n in range(len(months))
        ]

    def rates(self, session: Session, first: Month, last: Month) -> dict[str, dict[str, int]]:
        """On-time rates of the public dispatch items closed in these months, where they may be published."""
        bounds = Bounds(first.first, last.last, {Dimension.ITEM: self._public})
        by_district = counts(session, bounds, Dimension.DISTRICT, (Counted.VERDICT,))
        by_item = counts(session, bounds, Dimension.ITEM, (Counted.VERDICT,))
        by_main: dict[str, Tally] = {}
        for code, tally in by_item.items():
            by_main.setdefault(self._items[code].main_zh, Tally()).take(tally)
        whole = Tally()
        for tally in by_main.values():
            whole.take(tally)
        return {
            "total": _rates({"": whole}), "district": _rates(by_district), "main_item": _rates(by_main),
        }  # fmt: skip

    def ratings(
        self, session: Session, first: Month, last: Month
    ) -> tuple[dict[int, Figure], Figure, float | None]:
        """How often each score was given, how many there were, and their mean where nothing is hidden."""
        tally = counts(session, Bounds(first.first, last.last), None, (Counted.RATED,)).get("", Tally())
        scores = {score: tally.of(Counted.RATED, score) for score in range(1, 6)}
        number = sum(scores.values())
        [parts], total = suppressed([scores], number)
        hidden = any(isinstance(figure, Mark) for figure in (*parts.values(), total))
        mean = None if hidden or not number else sum(score * n for score, n in scores.items()) / number
        return parts, total, None if mean is None else round(mean, 1)

    def _published_total(self, session: Session, month: Month) -> Figure:
        parts = self._parts(session, received_in(month, self._zone))
        return suppressed(parts, sum(parts[0].values()))[1]

    def _parts(self, session: Session, fits: Iterable[ColumnElement[bool]]) -> list[dict[str, int]]:
        """The same cases by district and by main item, in the order in which parts are held back."""
        rows = session.execute(
            select(Case.district, Case.item_code, func.count())
            .where(*published(), *fits)
            .group_by(Case.district, Case.item_code)
        ).all()
        districts, mains = Counter[str](), Counter[str]()
        for district, item, number in rows:
            districts[district or NOWHERE] += number
            known = self._items.get(item)
            mains[known.main_zh if known else NOWHERE] += number
        return [_in_order(districts, self._districts), _in_order(mains, [*self._mains, NOWHERE])]

    def _received(self, session: Session, kind: Kind, months: Sequence[Month]) -> list[int]:
        codes = frozenset(code for code, item in self._items.items() if item.kind is kind)
        if not codes or not months:
            return [0] * len(months)
        bounds = Bounds(months[0].first, months[-1].last, {Dimension.ITEM: codes})
        found = counts(session, bounds, None, (Counted.RECEIVED,), monthly=True)
        tallies = [found.get(f"{month.first:%Y%m}", Tally()) for month in months]
        return [tally.of(Counted.RECEIVED) for tally in tallies]


def _closed_in(month: Month, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    return [Case.closed_at >= month.begins(zone), Case.closed_at < month.next.begins(zone)]


def _in_order(found: Counts, order: Sequence[str]) -> dict[str, int]:
    return {key: found.get(key, 0) for key in dict.fromkeys([*order, *sorted(found)])}


def _rates(tallies: Mapping[str, Tally]) -> dict[str, int]:
    found = {}
    for key, tally in tallies.items():
        judged = tally.of(Counted.VERDICT, ON_TIME, LATE)
        share = rate(tally.of(Counted.VERDICT, ON_TIME), judged)
        if share is not None:
            found[key] = share
    return found
