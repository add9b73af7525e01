"""Keeping the ledger: what has happened to cases is entered, and entries are added up.

Whoever acts on a case leaves a row in `case_changes` in the act's own transaction. One process at a time
(it holds the row of `report_ledger`) takes such rows, works out the statement of each case anew, enters
what is different, and commits both together: cut off anywhere, the next one goes on where it stopped.
Entries get their ids from one writer in order, so «up to this id» is a sound mark for the totals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from gateway.cases.models import Case, CaseChange, OfficeClosure
from gateway.cases.office import Office
from gateway.cases.service import CaseService
from gateway.reports.cases.figures import day_number
from gateway.reports.cases.models import LedgerState, ReportEntry, ReportTotal
from gateway.reports.cases.statement import Fact, handling_time, statement
from gateway.reports.cases.story import Subject, stories
from gateway.reports.cases.totals import add_up

log = structlog.get_logger()
BATCH: Final = 200
"""Cases that are counted in one transaction: a moment, also where nobody else can write meanwhile."""
BULK: Final = 4_000
"""The same while a whole history waits to be counted."""
ADD_UP_AT: Final = 5_000
"""So many entries may wait to be added up; a report counts them one by one."""
_BEHIND: Final = 2_000
_ANEW: Final = 200_000
"""So many entries are added up in one transaction when all are."""


@dataclass(frozen=True)
class Entry:
    """A fact of a case with what the case is about: what is counted, and so what is compared."""

    fact: Fact
    subject: Subject


class Ledger:
    """The one who counts. Safe to run in several processes: one works, the others find it working."""

    def __init__(self, cases: CaseService) -> None:
        self._cases = cases
        self._database = cases.database

    def gather(self) -> int:
        """Count what waits, one batch; how many cases it were (0: nothing waits, or another one counts)."""
        with self._database.read() as session:
            waiting = select(CaseChange.id).limit(_BEHIND).subquery()
            behind = session.scalar(select(func.count()).select_from(waiting))
            if not behind and not self._calendar_changed(session):
                return 0
        with self._database.write() as session:
            state = _held(session)
            if state is None:
                return 0
            self._follow_calendar(session, state)
            done = self._count(session, BULK if (behind or 0) >= _BEHIND else BATCH)
            _add_up(session, state, at_least=ADD_UP_AT)
        return done

    def gather_all(self) -> int:
        """Count everything that waits, and add all of it up."""
        done = 0
        while batch := self.gather():
            done += batch
        with self._database.write() as session:
            state = _held(session)
            if state is not None:
                _add_up(session, state, at_least=1)
        return done

    def count_anew(self) -> tuple[int, int]:
        """Work out every case anew, put right what differs, and add everything up again; how many cases were
        counted, and how many entries that took (0: the ledger was right).

        Meanwhile reports are right but slow: they count the entries one by one.
        """
        entries = select(func.count(ReportEntry.id))
        with self._database.write() as session:
            before = session.scalar(entries) or 0
            session.execute(insert(CaseChange).from_select(["case_id"], select(Case.id).order_by(Case.id)))
        counted = self.gather_all()
        self._add_up_anew()
        with self._database.read() as session:
            return counted, (session.scalar(entries) or 0) - before

    def _add_up_anew(self) -> None:
        with self._database.write() as session:
            state = session.scalars(select(LedgerState).with_for_update()).one()
            session.execute(delete(ReportTotal))
            state.totalled_to = 0
        while True:
            with self._database.write() as session:
                state = session.scalars(select(LedgerState).with_for_update()).one()
                last = session.scalar(select(func.max(ReportEntry.id))) or 0
                if state.totalled_to >= last:
                    return
                to = min(last, state.totalled_to + _ANEW)
                add_up(session, state.totalled_to, to)
                state.totalled_to = to

    def _count(self, session: Session, limit: int) -> int:
        changes = session.execute(
            select(CaseChange.id, CaseChange.case_id).order_by(CaseChange.id).limit(limit)
        ).all()
        case_ids = sorted({change.case_id for change in changes})
        for some in _pieces(case_ids, BATCH):
            self._enter(session, some)
        for some in _pieces([change.id for change in changes], BATCH):
            session.execute(delete(CaseChange).where(CaseChange.id.in_(some)))
        return len(case_ids)

    def _enter(self, session: Session, case_ids: Sequence[int]) -> None:
        """What these cases come to now, less what they came to before."""
        office = self._cases.office(session)
        entered = _entered(session, case_ids)
        rows: list[dict[str, Any]] = []
        told = stories(session, case_ids)
        for case_id in case_ids:
            new: Counter[Entry] = Counter()
            if case_id in told:
                story = told[case_id]
                facts = statement(story, lambda start, end: handling_time(start, end, office))
                new = Counter({Entry(fact, story.subject): count for fact, count in facts.items()})
            difference = Counter(new)
            difference.subtract(entered.get(case_id, Counter()))
            rows += [_row(case_id, entry, amount, office) for entry, amount in difference.items() if amount]
        rows.sort(key=lambda row: (row["at"], row["case_id"]))
        if rows:
            session.execute(insert(ReportEntry), rows)

    def _calendar_changed(self, session: Session) -> bool:
        known = session.scalar(select(LedgerState.calendar_version))
        return known != self._cases.office(session).calendar.version

    def _follow_calendar(self, session: Session, state: LedgerState) -> None:
        """A closure that was entered or withdrawn changes how many working days a case took that was
        worked on then: those that ended on one of these days or later are counted anew."""
        version = self._cases.office(session).calendar.version
        if state.calendar_version == version:
            return
        if state.calendar_version:
            first = session.scalar(select(func.min(OfficeClosure.day)))
            if first is not None:
                since = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
                ended = select(Case.id).where(Case.closed_at >= since).order_by(Case.id)
                session.execute(insert(CaseChange).from_select(["case_id"], ended))
        state.calendar_version = version


def _held(session: Session) -> LedgerState | None:
    """The state, held until the transaction ends; None while another process holds it."""
    return session.scalars(select(LedgerState).with_for_update(skip_locked=True)).one_or_none()


def _entered(session: Session, case_ids: Sequence[int]) -> dict[int, Counter[Entry]]:
    """What the ledger says of these cases."""
    kept = (
        ReportEntry.case_id, ReportEntry.figure, ReportEntry.at, ReportEntry.unit, ReportEntry.value,
        ReportEntry.person, ReportEntry.item, ReportEntry.district, ReportEntry.village, ReportEntry.channel,
    )  # fmt: skip
    rows = session.execute(
        select(*kept, func.sum(ReportEntry.amount).label("amount"))
        .where(ReportEntry.case_id.in_(case_ids))
        .group_by(*kept)
    )
    found: dict[int, Counter[Entry]] = {}
    for row in rows:
        fact = Fact(row.figure, row.at, row.unit, row.value, row.person)
        subject = Subject(row.item, row.district, row.village, row.channel)
        found.setdefault(row.case_id, Counter())[Entry(fact, subject)] = row.amount
    return found


def _row(case_id: int, entry: Entry, amount: int, office: Office) -> dict[str, Any]:
    fact, subject = entry.fact, entry.subject
    return {
        "case_id": case_id, "figure": str(fact.figure), "value": fact.value, "amount": amount, "at": fact.at,
        "day": day_number(fact.at.astimezone(office.zone).date()), "unit": fact.unit, "item": subject.item,
        "district": subject.district, "village": subject.village, "channel": subject.channel,
        "person": fact.person,
    }  # fmt: skip


def _add_up(session: Session, state: LedgerState, *, at_least: int) -> None:
    """Bring the totals up to the last entry, once so many wait."""
    last = session.scalar(select(func.max(ReportEntry.id))) or 0
    if last - state.totalled_to < at_least:
        return
    add_up(session, state.totalled_to, last)
    state.totalled_to = last


def _pieces(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
