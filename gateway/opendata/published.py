"""The public dispatch cases: which they are, and what of each is published. Nothing that anybody wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.models import Case, CaseAssignment, CaseDue
from gateway.cases.rules import OPEN, Kind, Stage, Status
from gateway.cases.service import CaseService
from gateway.open311.requests import public_only
from gateway.opendata.rules import Month, rounded

FIELDS: Final = (
    "number", "item_code", "item", "main_item", "district", "village", "unit", "received_at", "due_at",
    "closed_at", "status", "result", "latitude", "longitude",
)  # fmt: skip
_COLUMNS: Final = (
    Case.id, Case.number, Case.item_code, Case.catalogue_version, Case.district, Case.village,
    Case.owner_unit, Case.received_at, Case.closed_at, Case.status, Case.latitude, Case.longitude,
)  # fmt: skip
"""What is read of a case, and nothing else of it."""
_BATCH: Final = 500
_JUDGED: Final = frozenset({Status.RELEASED, Status.NOT_PROCESSED})
"""The closings by which an agency answers for its work; the others have no result."""


def published() -> list[ColumnElement[bool]]:
    """What makes a case published: public as in Open311, dispatched, not withdrawn by its citizen."""
    return [*public_only(), Case.kind == Kind.DISPATCH.value, Case.status != Status.WITHDRAWN.value]


def received_in(month: Month, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Received in a month."""
    return [Case.received_at >= month.begins(zone), Case.received_at < month.next.begins(zone)]


class PublishedCases:
    """Reads them, a month at a time and a few hundred at once."""

    def __init__(self, cases: CaseService, zone: ZoneInfo) -> None:
        self._cases, self._zone = cases, zone

    def of_month(self, session: Session, month: Month) -> Iterator[dict[str, Any]]:
        """One record for each case received in the month, in the order of receipt."""
        query = (
            select(*_COLUMNS)
            .where(*published(), *received_in(month, self._zone))
            .order_by(Case.received_at, Case.id)
        )
        catalogues: dict[str, Catalogue] = {}
        for batch in session.execute(query).partitions(_BATCH):
            clocks = _completions(session, [row.id for row in batch])
            for row in batch:
                if row.catalogue_version not in catalogues:
                    kept = self._cases.catalogues.by_version(session, row.catalogue_version)
                    catalogues[row.catalogue_version] = kept
                yield self._record(row, catalogues[row.catalogue_version], clocks.get(row.id))

    def _record(self, row: Any, catalogue: Catalogue, clock: CaseDue | None) -> dict[str, Any]:
        item = catalogue.item(row.item_code)
        is_open = Status(row.status) in OPEN
        return {
            "number": row.number,
            "item_code": row.item_code,
            "item": item.name_zh,
            "main_item": item.main_zh,
            "district": row.district,
            "village": row.village,
            "unit": row.owner_unit,
            "received_at": self._time(row.received_at),
            "due_at": self._time(clock.due_at) if clock else None,
            "closed_at": None if is_open else self._time(row.closed_at),
            "status": row.status,
            "result": _result(Status(row.status), clock),
            "latitude": rounded(row.latitude),
            "longitude": rounded(row.longitude),
        }

    def _time(self, at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(self._zone).isoformat(timespec="seconds")


def _result(status: Status, clock: CaseDue | None) -> str | None:
    if status not in _JUDGED or clock is None or clock.met_at is None:
        return None
    return "on_time" if clock.met_at <= clock.due_at else "overdue"


def _completions(session: Session, ids: Sequence[int]) -> Mapping[int, CaseDue]:
    """Of each case the completion clock in force of the part that leads."""
    rows = session.scalars(
        select(CaseDue)
        .join(CaseAssignment, CaseAssignment.id == CaseDue.assignment_id)
        .where(CaseDue.case_id.in_(ids), CaseDue.stage == Stage.COMPLETION.value)
        .where(CaseDue.current, CaseAssignment.lead)
        .order_by(CaseDue.id)
    )
    return {due.case_id: due for due in rows}
