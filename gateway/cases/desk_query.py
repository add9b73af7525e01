"""Finding cases for the desk: what may be asked, and the questions in SQL. Contact data is never searched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    cast,
    exists,
    extract,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from gateway.cases.lateness import end_of_day
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseExtension
from gateway.cases.office import Office
from gateway.cases.rules import CLOSED, OPEN, Kind, Parted, Status

OPEN_CASES, ALL_CASES, CLOSED_CASES = "open", "all", "closed"
VERY_LATE = 3
"""«Very late» is more than so many times the limit, as in Signalen."""
DAYS_OF_A_WEEK = 7
SORTS = ("due", "received", "number")
_SPACE = " "


class Window(StrEnum):
    """When something is due."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"


@dataclass(frozen=True)
class Reach:
    """What somebody may see: cases of these units (None: of all), and confidential words or not."""

    units: frozenset[str] | None
    sealed: bool


@dataclass(frozen=True)
class DeskFilter:
    """Which cases are looked for; None, empty or False sets no bound."""

    state: str = OPEN_CASES
    text: str = ""
    unit: str = ""
    items: Collection[str] | None = None
    kind: str = ""
    district: str = ""
    channel: str = ""
    received_from: date | None = None
    received_to: date | None = None
    due: Window | None = None
    very_late: bool = False
    needs_review: bool = False
    split: bool = False
    reopened: bool = False
    extension: bool = False


@dataclass(frozen=True)
class Found:
    """One row of the list by its keys; `part_id` where it stands for one unit's part."""

    case_id: int
    part_id: int | None


NOWHERE = "none"
"""The district of cases without one (無法分區)."""
FILTERS = (
    "q", "state", "unit", "main", "item", "kind", "district", "channel", "from", "to", "due", "late",
    "review", "split", "reopened", "extension",
)  # fmt: skip


def read_filter(given: Mapping[str, str], items_of_main: Mapping[str, Collection[str]]) -> DeskFilter:
    """The filter that an address asks for. What cannot be asked for sets no bound."""
    states = {OPEN_CASES, ALL_CASES, CLOSED_CASES, *Status}
    state, due, kind = given.get("state", OPEN_CASES), given.get("due", ""), given.get("kind", "")
    items: Collection[str] | None = items_of_main.get(given.get("main", ""))
    if given.get("item"):
        items = (given["item"],)
    return DeskFilter(
        state=state if state in states else OPEN_CASES,
        text=given.get("q", "").strip(),
        unit=given.get("unit", ""),
        items=items,
        kind=kind if kind in set(Kind) else "",
        district=given.get("district", ""),
        channel=given.get("channel", ""),
        received_from=_day(given.get("from")),
        received_to=_day(given.get("to")),
        due=Window(due) if due in set(Window) else None,
        very_late=given.get("late") == "very",
        needs_review="review" in given,
        split="split" in given,
        reopened="reopened" in given,
        extension="extension" in given,
    )


def find(
    session: Session,
    wanted: DeskFilter,
    reach: Reach,
    *,
    sort: str,
    descending: bool,
    offset: int,
    limit: int,
    now: datetime,
    office: Office,
) -> tuple[list[Found], int]:
    """One page of what fits, and how many fit in all.

    Where one unit is looked at, open cases come by its own part and that part's due time.
    """
    by_part = wanted.state not in {ALL_CASES, CLOSED_CASES, *CLOSED} and _units(wanted, reach) is not None
    query: Any = select(Case.id, CaseAssignment.id) if by_part else select(Case.id)
    due = CaseAssignment.next_due_at if by_part else Case.next_due_at
    if by_part:
        query = query.join(CaseAssignment, CaseAssignment.case_id == Case.id)
    query = query.where(*_conditions(session, wanted, reach, now, office, by_part))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    column: Any = {"due": due, "received": Case.received_at, "number": Case.number}[sort]
    order: list[Any] = [column.is_(None)] if sort == "due" else []
    order += [column.desc() if descending else column, Case.id]
    rows = session.execute(query.order_by(*order).offset(offset).limit(limit))
    return [Found(row[0], row[1] if by_part else None) for row in rows], total


def visible(session: Session, case_id: int, reach: Reach) -> bool:
    """Whether the case may be opened: a unit that has had a part in it may read how it went on."""
    if reach.units is None:
        return True
    query = select(CaseAssignment.id).where(
        CaseAssignment.case_id == case_id, CaseAssignment.unit.in_(reach.units)
    )
    return session.scalar(query.limit(1)) is not None


def _units(wanted: DeskFilter, reach: Reach) -> frozenset[str] | None:
    asked = frozenset({wanted.unit}) if wanted.unit else None
    if reach.units is None:
        return asked
    return reach.units if asked is None else reach.units & asked


def _conditions(
    session: Session, wanted: DeskFilter, reach: Reach, now: datetime, office: Office, by_part: bool
) -> list[ColumnElement[bool]]:
    due = CaseAssignment.next_due_at if by_part else Case.next_due_at
    fits: list[Any] = [*_state(wanted), *_plain(wanted, office), *_due(wanted, due, now, office)]
    units = _units(wanted, reach)
    if units is not None:
        mine = CaseAssignment.unit.in_(units)
        if by_part:
            fits += [mine, CaseAssignment.active]
        else:
            kept = CaseAssignment.status.not_in([one.value for one in Parted])
            fits.append(exists().where(CaseAssignment.case_id == Case.id, mine, kept))
    if wanted.text:
        fits.append(_text(wanted.text, reach))
    if wanted.very_late:
        fits.append(exists().where(CaseDue.case_id == Case.id, _very_late(session, now)))
    if wanted.split:
        parts = select(func.count(CaseAssignment.id)).where(
            CaseAssignment.case_id == Case.id, CaseAssignment.active
        )
        fits.append(parts.correlate(Case).scalar_subquery() > 1)
    if wanted.extension:
        fits.append(exists().where(CaseExtension.case_id == Case.id, CaseExtension.state == "pending"))
    return fits


def _state(wanted: DeskFilter) -> list[ColumnElement[bool]]:
    groups = {OPEN_CASES: OPEN, CLOSED_CASES: CLOSED}
    if wanted.state == ALL_CASES:
        return []
    if wanted.state in groups:
        return [Case.status.in_(sorted(status.value for status in groups[wanted.state]))]
    return [Case.status == wanted.state]


def _plain(wanted: DeskFilter, office: Office) -> list[ColumnElement[bool]]:
    fits: list[Any] = []
    if wanted.items is not None:
        fits.append(Case.item_code.in_(sorted(wanted.items)))
    for column, value in ((Case.kind, wanted.kind), (Case.channel, wanted.channel)):
        if value:
            fits.append(column == value)
    if wanted.district:
        nowhere = wanted.district == NOWHERE
        fits.append(Case.district.is_(None) if nowhere else Case.district == wanted.district)
    if wanted.received_from is not None:
        fits.append(Case.received_at >= _midnight(wanted.received_from, office))
    if wanted.received_to is not None:
        fits.append(Case.received_at < _midnight(wanted.received_to, office) + timedelta(days=1))
    if wanted.needs_review:
        fits.append(Case.needs_review)
    if wanted.reopened:
        fits.append(Case.reopenings > 0)
    return fits


def _due(wanted: DeskFilter, due: Any, now: datetime, office: Office) -> list[ColumnElement[bool]]:
    if wanted.due is None:
        return []
    if wanted.due is Window.OVERDUE:
        return [due < now, or_(Case.paused_since.is_(None), due < Case.paused_since)]
    days = 0 if wanted.due is Window.TODAY else DAYS_OF_A_WEEK - 1
    return [due >= now, due < end_of_day(now, office, days)]


def _text(text: str, reach: Reach) -> ColumnElement[bool]:
    """Every word somewhere: in the number, in the place, in a description that may be read."""
    words = []
    for word in text.split(_SPACE):
        if not word:
            continue
        places = [Case.number, Case.address, Case.district]
        hits: list[ColumnElement[bool]] = [column.icontains(word, autoescape=True) for column in places]
        found = Case.description.icontains(word, autoescape=True)
        hits.append(found if reach.sealed else and_(Case.confidential.is_(False), found))
        words.append(or_(*hits))
    return and_(*words) if words else false()


def _very_late(session: Session, now: datetime) -> ColumnElement[bool]:
    """Now lies more than VERY_LATE times the limit after its start."""
    running = and_(CaseDue.current, CaseDue.met_at.is_(None), CaseDue.start_at.is_not(None))
    sqlite = session.get_bind().dialect.name == "sqlite"
    begun, ends = (_seconds(at, sqlite) for at in (CaseDue.start_at, CaseDue.due_at))
    today = int(now.timestamp())
    return and_(running, CaseDue.due_at < now, begun + VERY_LATE * (ends - begun) < today)


def _seconds(at: Any, sqlite: bool) -> Any:
    """A stored instant as seconds since 1970."""
    if sqlite:
        return cast(func.strftime("%s", at, type_=String), BigInteger)
    return extract("epoch", at)


def _midnight(day: date, office: Office) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=office.zone).astimezone(UTC)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
