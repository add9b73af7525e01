"""Proving that no event of a case was edited or taken away: the trail holds a digest of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import func, select
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
    """Every event that is not as the trail has it, and every one that the trail knows and nobody has.

    Events of before the trail began (no entry at or before theirs) are not judged.
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
    first_known: dict[str, int] = {}
    for number, sequence in single:
        first_known[number] = min(first_known.get(number, sequence), sequence)
    for number, event in _events(session):
        if any(first <= event.id <= last for first, last in covered):
            continue
        known = single.pop((number, event.sequence), None)
        if known is None:
            if event.sequence >= first_known.get(number, event.sequence + 1):
                yield Fault(0, f"{number} event {event.sequence} is not in the trail")
        elif known[1] != event_digest(event):
            yield Fault(known[0], f"{number} event {event.sequence} was edited")
    for (number, sequence), (seq, _) in sorted(single.items(), key=lambda row: row[1][0]):
        yield Fault(seq, f"{number} event {sequence} is missing")
    yield from _batch_faults(session, batches)


def _events(session: Session) -> Iterator[tuple[str, CaseEvent]]:
    after = 0
    while True:
        page = session.execute(
            select(Case.number, CaseEvent)
            .join(Case, Case.id == CaseEvent.case_id)
            .where(CaseEvent.id > after)
            .order_by(CaseEvent.id)
            .limit(_PAGE)
        ).all()
        for row in page:
            yield row[0], row[1]
        if len(page) < _PAGE:
            return
        after = page[-1][1].id
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
