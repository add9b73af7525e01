"""Taking in the city's history: in batches, each with its audit entry in the same transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from gateway.audit.rules import Entry
from gateway.cases.acting import event_digest, locked, note_change, write_event
from gateway.cases.errors import DateOutOfCalendar
from gateway.cases.history.report import Report
from gateway.cases.history.rows import (
    IMPORTER,
    CaseRows,
    Surroundings,
    case_state,
    event_row,
    made,
    origin_key,
    part_state,
    placed,
)
from gateway.cases.history.rules import PROGRESS, Odd, Raw, Record, Refusal, clocks, steps_since, understood
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent
from gateway.cases.proving import IMPORTED, batch_digest
from gateway.cases.rules import Role, Status
from gateway.cases.service import CaseService
from gateway.places.service import Places

log = structlog.get_logger()
BATCH = 4_000
"""Records of one transaction: on SQLite nobody else writes for about a second and a half."""


class HistoryImport:
    """Takes cases of Open1999 in. They write no notice and no reminder: what is years late is shown so."""

    def __init__(self, cases: CaseService, places: Places) -> None:
        self._cases = cases
        self._places = places

    def take(self, raws: Iterable[Raw], source: str) -> Report:
        """Take in every record that is new or has moved on; a second run changes nothing.

        `source` names the file in the audit trail. Of several records of one number the first counts.
        Commits batch by batch.
        """
        began = time.perf_counter()
        report, seen, rest = Report(), set[str](), iter(raws)
        while batch := list(islice(rest, BATCH)):
            with self._cases.database.write() as session:
                around = Surroundings(
                    self._cases.catalogue, self._cases.office(session), self._places, self._cases.clock()
                )
                self._take_batch(session, batch, around, report, seen, source)
            log.info("cases imported", rows=report.rows, added=report.added, updated=report.updated)
        report.seconds = time.perf_counter() - began
        return report

    def _take_batch(
        self, session: Session, raws: list[Raw], around: Surroundings, report: Report,
        seen: set[str], source: str,
    ) -> None:  # fmt: skip
        _lock_events(session)
        records = list(_records(raws, around, report, seen))
        known = _known(session, [record.raw.number for record in records])
        new: list[CaseRows] = []
        for record in records:
            case = known.get(record.raw.number)
            if case is None:
                try:
                    new.append(made(record, around))
                except DateOutOfCalendar:
                    report.refuse(record.raw, Refusal.OUT_OF_CALENDAR)
                    continue
            elif case.origin_key != origin_key(case.number):
                report.refuse(record.raw, Refusal.NUMBER_TAKEN)
                continue
            elif self._move_on(session, case, record, around, report):
                report.updated += 1
            else:
                report.unchanged += 1
            report.note(record)
        report.added += len(new)
        self._write(session, new, around, source)

    def _write(self, session: Session, new: list[CaseRows], around: Surroundings, source: str) -> None:
        if not new:
            return
        case_ids = _ids(session, Case, [rows.case for rows in new])
        note_change(session, *case_ids)
        for case_id, rows in zip(case_ids, new, strict=True):
            for row in (rows.part, *rows.dues, *rows.events):
                row["case_id"] = case_id
        parts = _ids(session, CaseAssignment, [rows.part for rows in new])
        for part_id, rows in zip(parts, new, strict=True):
            for due in rows.dues:
                due["assignment_id"] = part_id
        session.execute(insert(CaseDue), [due for rows in new for due in rows.dues])
        events = [event for rows in new for event in rows.events]
        ids = _ids(session, CaseEvent, events)
        detail = {
            "source": source,
            "cases": len(new),
            "count": len(ids),
            "first_event": min(ids),
            "last_event": max(ids),
            "digest": batch_digest(event_digest(CaseEvent(**event)) for event in events),
        }
        entry = Entry(around.now, IMPORTER, Role.SYSTEM.value, IMPORTED, f"file:{source}"[:120], detail)
        self._cases.trail.extend(session, [entry])

    def _move_on(
        self, session: Session, known: Case, record: Record, around: Surroundings, report: Report
    ) -> bool:
        """Bring a case that was imported before to where the file has it; whether anything changed."""
        stands = Status(known.status)
        if stands is record.status:
            return False
        if _touched_here(session, known):
            report.note_one(Odd.ACTED_ON_HERE, known.number)
            return False
        if PROGRESS.index(record.status) < PROGRESS.index(stands):
            report.note_one(Odd.WENT_BACK, known.number)
            return False
        case = locked(session, known.number)
        for name, value in case_state(record).items():
            setattr(case, name, value)
        part = session.scalars(
            select(CaseAssignment).where(CaseAssignment.case_id == case.id, CaseAssignment.lead)
        ).one()
        for name, value in part_state(record).items():
            setattr(part, name, value)
        nearest = _turn(session, part, record)
        case.next_due_at, part.next_due_at = nearest, nearest if part.active else None
        for plan in steps_since(record, stands):
            case.version += 1
            row = event_row(plan, 0, around.now)
            write_event(session, self._cases.trail, CaseEvent(case_id=case.id, **row), case.number)
        return True


def _records(raws: Iterable[Raw], around: Surroundings, report: Report, seen: set[str]) -> Iterator[Record]:
    for raw in raws:
        report.rows += 1
        found = understood(raw, around.office.zone, around.now)
        if isinstance(found, Refusal):
            report.refuse(raw, found)
        elif raw.number in seen:
            report.note_one(Odd.TWICE_IN_FILE, raw.number)
            report.unchanged += 1
        else:
            seen.add(raw.number)
            yield placed(found, around)


def _ids(
    session: Session, model: type[Case | CaseAssignment | CaseEvent], rows: list[dict[str, Any]]
) -> list[int]:
    """Insert rows under ids reserved for them; the ids, in their order.

    Reserving them first lets the driver take all rows at once: several times as fast as being told each id.
    """
    if session.get_bind().dialect.name == "sqlite":
        # The transaction is the only writer, and no row of these tables is ever deleted.
        last = session.scalar(select(func.max(model.id))) or 0
        ids = list(range(last + 1, last + 1 + len(rows)))
    else:
        reserve = select(func.nextval(func.pg_get_serial_sequence(model.__tablename__, "id"))).select_from(
            func.generate_series(1, len(rows))
        )
        ids = list(session.scalars(reserve))
    for row_id, row in zip(ids, rows, strict=True):
        row["id"] = row_id
    session.execute(insert(model), rows)
    return ids


def _known(session: Session, numbers: list[str]) -> dict[str, Case]:
    rows = session.scalars(select(Case).where(Case.number.in_(numbers)))
    return {case.number: case for case in rows}


def _touched_here(session: Session, case: Case) -> bool:
    acted = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.actor != IMPORTER)
    return session.scalars(acted.limit(1)).first() is not None


def _turn(session: Session, part: CaseAssignment, record: Record) -> Any:
    """Stop the clocks that the record's status stops; the earliest due time that still runs."""
    plans = {plan.stage.value: plan for plan in clocks(record)}
    running = []
    for due in session.scalars(select(CaseDue).where(CaseDue.assignment_id == part.id)):
        plan = plans.get(due.stage)
        due.current = plan is not None and plan.judged
        due.met_at = plan.met_at if plan is not None else None
        if due.current and due.met_at is None:
            running.append(due.due_at)
    return min(running, default=None)


def _lock_events(session: Session) -> None:
    """Nobody else writes events between ours: one entry of the trail stands for a row of ids without gaps."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("LOCK TABLE case_events IN SHARE ROW EXCLUSIVE MODE"))
