"""Proving that no event of a case was edited, taken away or slipped in: the trail holds a digest of each.

A case must stand where its last event left it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from gateway.audit.models import AuditEntry
from gateway.audit.rules import digest
from gateway.audit.service import AuditTrail, Fault
from gateway.cases.acting import event_digest
from gateway.cases.models import Case, CaseEvent

IMPORTED = "cases.import"
"""An entry that stands for many events at once: `first_event`, `last_event`, `count` and their `digest`."""
_PAGE = 5_000


def batch_digest(digests: Iterable[str]) -> str:
    """One digest for many events, in order."""
    return digest(list(digests))


def event_faults(session: Session, trail: AuditTrail) -> Iterator[Fault]:
    """Every event that is not as the trail has it, every one that only one of the two has, and every case
    that stands elsewhere than its last event says.

    There are no events that the trail need not know: else whoever empties the trail would leave no trace.
    """
    single: dict[tuple[str, int], tuple[int, str]] = {}
    batches: list[AuditEntry] = []
    for entry in trail.entries(session):
        if entry.act == IMPORTED:
            batches.append(entry)
        elif entry.detail.keys() >= {"sequence", "digest"}:
            key = (entry.subject.removeprefix("case:"), entry.detail["sequence"])
            single[key] = (entry.seq, entry.detail["digest"])
    covered = [(entry.detail["first_event"], entry.detail["last_event"]) for entry in batches]
    for number, event in _events(session):
        if any(first <= event.id <= last for first, last in covered):
            continue
        known = single.pop((number, event.sequence), None)
        if known is None:
            yield Fault(0, f"{number} event {event.sequence} is not in the trail")
        elif known[1] != event_digest(event):
            yield Fault(known[0], f"{number} event {event.sequence} was edited")
    for (number, sequence), (seq, _) in sorted(single.items(), key=lambda row: row[1][0]):
        yield Fault(seq, f"{number} event {sequence} is missing")
    yield from _batch_faults(session, batches)
    yield from _standing_faults(session)


def _events(session: Session) -> Iterator[tuple[str, CaseEvent]]:
    further: ColumnElement[bool] = true()
    while True:
        page = session.execute(
            select(Case.number, CaseEvent)
            .join(Case, Case.id == CaseEvent.case_id)
            .where(further)
            .order_by(CaseEvent.id)
            .limit(_PAGE)
        ).all()
        for row in page:
            yield row[0], row[1]
        if len(page) < _PAGE:
            return
        further = CaseEvent.id > page[-1][1].id
        session.expunge_all()


def _batch_faults(session: Session, batches: list[AuditEntry]) -> Iterator[Fault]:
    for entry in batches:
        wanted = entry.detail
        between = CaseEvent.id.between(wanted["first_event"], wanted["last_event"])
        count = session.scalar(select(func.count()).select_from(CaseEvent).where(between)) or 0
        if count != wanted["count"]:
            yield Fault(entry.seq, f"{wanted['count'] - count} imported events are missing")
            continue
        rows = session.scalars(select(CaseEvent).where(between).order_by(CaseEvent.id))
        if batch_digest(event_digest(event) for event in rows) != wanted["digest"]:
            yield Fault(entry.seq, "an imported event was edited")


def _standing_faults(session: Session) -> Iterator[Fault]:
    last = select(CaseEvent.case_id, func.max(CaseEvent.sequence).label("sequence"))
    last_of = last.group_by(CaseEvent.case_id).subquery()
    rows = session.execute(
        select(Case.number, Case.version, Case.status, Case.owner_unit, CaseEvent.sequence, CaseEvent.after)
        .outerjoin(last_of, last_of.c.case_id == Case.id)
        .outerjoin(
            CaseEvent,
            (CaseEvent.case_id == last_of.c.case_id) & (CaseEvent.sequence == last_of.c.sequence),
        )
        .order_by(Case.id)
    )
    for number, version, status, owner, sequence, after in rows:
        if sequence is None:
            yield Fault(0, f"{number} has no events")
            continue
        # Events of imported history name no owner.
        left = (sequence, after.get("status"), after.get("owner_unit", owner))
        if left != (version, status, owner):
            yield Fault(0, f"{number} does not stand where its last event left it")
