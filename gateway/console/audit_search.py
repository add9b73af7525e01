"""Finding entries of the audit trail: newest first, by person, act, subject and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gateway.audit.models import AuditEntry
from gateway.console.listing import Column, ListState

COLUMNS: Final = (
    Column("seq", "audit.seq", sortable=True, numeric=True),
    Column("at", "audit.at"),
    Column("actor", "audit.actor"),
    Column("act", "audit.act"),
    Column("subject", "audit.subject"),
    Column("detail", "audit.detail", extra=True),
    Column("hash", "audit.hash", extra=True),
)
FILTERS: Final = ("actor", "act", "subject", "from", "to")
_BEGINNINGS: Final = {
    "actor": AuditEntry.actor,
    "act": AuditEntry.act,
    "subject": AuditEntry.subject,
}


def find_entries(session: Session, state: ListState, zone: ZoneInfo) -> tuple[Sequence[AuditEntry], int]:
    """One page of entries, and how many there are. Texts fit where an entry's begins with them."""
    fits = list(_conditions(state.filters, zone))
    order = AuditEntry.seq.desc() if state.descending else AuditEntry.seq
    query = select(AuditEntry).where(*fits).order_by(order).offset(state.offset).limit(state.size)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*fits)) or 0
    return session.scalars(query).all(), total


def _conditions(filters: Mapping[str, str], zone: ZoneInfo) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = [
        column.startswith(filters[name], autoescape=True)
        for name, column in _BEGINNINGS.items()
        if name in filters
    ]
    first, last = _day(filters.get("from"), zone), _day(filters.get("to"), zone)
    if first is not None:
        fits.append(AuditEntry.at >= first)
    if last is not None:
        fits.append(AuditEntry.at < last + timedelta(days=1))
    return fits


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day as the city has it; a day that is none sets no bound."""
    try:
        return datetime.combine(date.fromisoformat(text or ""), time.min, zone)
    except ValueError:
        return None
