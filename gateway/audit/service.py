"""Adding to the audit trail, and proving that nothing was changed or taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, true
from sqlalchemy.orm import Session

from gateway.audit.models import AuditEntry, AuditHead
from gateway.audit.rules import GENESIS, Entry, chain_key, entry_hash, head_seal
from gateway.database.inserting import insert_into

HEAD = 1
_PAGE = 5_000


@dataclass(frozen=True)
class Fault:
    """Where the trail does not hold, and how."""

    seq: int
    problem: str


class AuditTrail:
    """The trail of one platform. Entries are added in the caller's transaction, as its last step where
    it can be: the end of the chain stays locked until the transaction ends."""

    def __init__(self, secret: bytes) -> None:
        self._key = chain_key(secret)

    def append(
        self,
        session: Session,
        *,
        act: str,
        actor: str,
        role: str,
        subject: str,
        detail: dict[str, Any] | None = None,
        at: datetime | None = None,
    ) -> int:
        """Add one entry; its sequence number."""
        return self.extend(session, [Entry(at or datetime.now(UTC), actor, role, act, subject, detail or {})])

    def extend(self, session: Session, entries: Iterable[Entry]) -> int:
        """Add entries in order; the sequence number of the last one (0 when the trail is empty)."""
        head = self._locked_head(session)
        rows: list[dict[str, Any]] = []
        seq, last = head.seq, head.hash
        for entry in entries:
            seq += 1
            hashed = entry_hash(self._key, seq, last, entry)
            rows.append(
                {
                    "seq": seq,
                    "at": entry.at,
                    "actor": entry.actor,
                    "role": entry.role,
                    "act": entry.act,
                    "subject": entry.subject,
                    "detail": entry.detail,
                    "prev_hash": last,
                    "hash": hashed,
                }
            )
            last = hashed
        if rows:
            session.execute(insert(AuditEntry), rows)
            head.seq, head.hash, head.seal = seq, last, head_seal(self._key, seq, last)
            session.flush()
        return seq

    def head(self, session: Session) -> tuple[int, str]:
        """Sequence number and hash of the last entry."""
        head = session.get(AuditHead, HEAD)
        return (0, GENESIS) if head is None else (head.seq, head.hash)

    def faults(self, session: Session) -> Iterator[Fault]:
        """Every place where the chain is broken, read in order; none when it holds to its end."""
        seq, last = 0, GENESIS
        for row in self.entries(session):
            if row.seq <= 0:
                yield Fault(row.seq, "was slipped in before the first entry")
                continue
            if row.seq != seq + 1:
                yield Fault(seq + 1, f"{row.seq - seq - 1} entries are missing")
            entry = Entry(row.at, row.actor, row.role, row.act, row.subject, row.detail)
            if row.seq == seq + 1 and row.prev_hash != last:
                yield Fault(row.seq, "does not follow the entry before it")
            if entry_hash(self._key, row.seq, row.prev_hash, entry) != row.hash:
                yield Fault(row.seq, "was edited")
            seq, last = row.seq, row.hash
        head = session.get(AuditHead, HEAD)
        if head is None:
            if seq:
                yield Fault(seq, "the end of the chain is missing")
        elif head.seal != head_seal(self._key, head.seq, head.hash):
            yield Fault(seq, "the seal of the end is false")
        elif (head.seq, head.hash) != (seq, last):
            yield Fault(seq + 1, f"{head.seq - seq} entries are missing at the end")

    def entries(self, session: Session) -> Iterator[AuditEntry]:
        """Every entry in order, read in pages."""
        further: ColumnElement[bool] = true()
        while True:
            page = session.scalars(
                select(AuditEntry).where(further).order_by(AuditEntry.seq).limit(_PAGE)
            ).all()
            yield from page
            if len(page) < _PAGE:
                return
            further = AuditEntry.seq > page[-1].seq
            session.expunge_all()

    def _locked_head(self, session: Session) -> AuditHead:
        query = select(AuditHead).where(AuditHead.id == HEAD).with_for_update()
        known = query.execution_options(populate_existing=True)
        head = session.scalars(known).one_or_none()
        if head is not None:
            return head
        # The first entry of all: whoever comes second finds the row of the first.
        first = {"id": HEAD, "seq": 0, "hash": GENESIS, "seal": head_seal(self._key, 0, GENESIS)}
        session.execute(insert_into(session, AuditHead).values(first).on_conflict_do_nothing())
        return session.scalars(known).one()
