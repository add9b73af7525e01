"""Open1999: the city's own way of giving out its dispatch cases, 17 fields, dates as the city writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.history.reading import JSON_FIELDS
from gateway.cases.history.rows import SOURCE
from gateway.cases.history.rules import CITY_CODE, CITY_NAME, city_time, written_time
from gateway.cases.masking import masked, masked_place
from gateway.cases.models import Case, CaseEvent
from gateway.cases.public import REPLIES, names_of
from gateway.cases.rules import Act, Kind, Status
from gateway.cases.service import CaseService
from gateway.channels.address import client_address
from gateway.errors import InvalidInput
from gateway.open311.requests import public_only
from gateway.places.service import Places

router = APIRouter(include_in_schema=False)
LONGEST = timedelta(days=92)
"""How long a span one question may cover; the city's own portal gave a quarter at most."""
SHOWN_AS: dict[Status, Status] = {
    Status.WITH_EXTERNAL: Status.IN_PROGRESS,
    Status.AWAITING_CITIZEN: Status.IN_PROGRESS,
    Status.NOT_PROCESSED: Status.RELEASED,
    Status.WITHDRAWN: Status.RELEASED,
    Status.MERGED: Status.RELEASED,
    Status.CONVERTED: Status.RELEASED,
}
"""Our states that the city's five do not have, and which of them comes nearest."""
_READ = (Act.REGISTER.value, Act.ASSIGN.value, *REPLIES)


@router.get("/open1999/ServiceRequestsQuery")
def service_requests_query(
    request: Request,
    startdate: Annotated[str, Query(max_length=40)] = "",
    enddate: Annotated[str, Query(max_length=40)] = "",
) -> JSONResponse:
    """Public dispatch cases of some days, both included, the newest first. Without days: today."""
    state = request.app.state
    state.limits.check("open311", client_address(request, state.settings))
    with state.database.read() as session:
        zone = state.cases.office(session).zone
        today = state.cases.clock().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        last = _day(enddate, "enddate", zone) or _day(startdate, "startdate", zone) or today
        first = _day(startdate, "startdate", zone) or last
        if not first <= last <= first + LONGEST:
            raise InvalidInput(f"startdate, enddate: in this order, at most {LONGEST.days} days apart")
        records = Open1999(state.cases, state.places).records(session, first, last + timedelta(days=1))
    return JSONResponse(records, headers={"access-control-allow-origin": "*"})


class Open1999:
    """Public dispatch cases in the city's words: those it wrote itself where a case came from it."""

    def __init__(self, cases: CaseService, places: Places) -> None:
        self._cases = cases
        self._zips = {district.zh: district.zip for district in places.districts}

    def records(
        self, session: Session, start: datetime, end: datetime, *more: ColumnElement[bool]
    ) -> list[dict[str, str]]:
        """Cases received from `start` and before `end` that are `more` besides, the newest first."""
        rows = session.scalars(
            select(Case)
            .where(*public_only(), Case.kind == Kind.DISPATCH.value)
            .where(Case.received_at >= start, Case.received_at < end, *more)
            .order_by(Case.received_at.desc(), Case.id.desc())
        ).all()
        events = _events(session, [row.id for row in rows])
        catalogues = {
            version: self._cases.catalogues.by_version(session, version)
            for version in {row.catalogue_version for row in rows}
        }
        zone = self._cases.office(session).zone
        names = names_of(session, rows)
        return [
            self._record(row, events[row.id], names[row.id], catalogues[row.catalogue_version], zone)
            for row in rows
        ]

    def _record(
        self, row: Case, events: Sequence[CaseEvent], names: Sequence[str], catalogue: Catalogue,
        zone: ZoneInfo,
    ) -> dict[str, str]:  # fmt: skip
        theirs: dict[str, Any] = next((event.after[SOURCE] for event in events if SOURCE in event.after), {})
        answers = [event.note or "" for event in events if event.act in REPLIES]
        assigned = next((event.at for event in events if event.act == Act.ASSIGN), None)
        saved = city_time(theirs.get("saved", ""), zone) or assigned
        status = SHOWN_AS.get(Status(row.status), Status(row.status))
        facts = {
            "number": row.number,
            "status_code": CITY_CODE[status],
            "created": written_time(row.received_at, zone),
            "unit_code": theirs.get("unit", ""),
            "zip": theirs.get("zip") or self._zips.get(row.district or "", ""),
            "district": row.district or "",
            "address": masked_place(row.address or "", names),
            "unit": row.owner_unit,
            "status_name": CITY_NAME[status],
            "category": theirs.get("category") or _category(catalogue, row.item_code),
            "before": masked(row.description, names),
            "after": masked(answers[-1], names) if answers else "",
            "memo": masked(theirs.get("memo", ""), names),
            "saved": written_time(saved, zone) if saved else "",
            "closed": written_time(row.closed_at, zone) if row.closed_at else "",
            "lat": "" if row.latitude is None else repr(row.latitude),
            "lng": "" if row.longitude is None else repr(row.longitude),
        }
        return {JSON_FIELDS[name]: value for name, value in facts.items()}


def _category(catalogue: Catalogue, code: str) -> str:
    """The city's own name of an item where it has one."""
    item = catalogue.item(code)
    return item.city_names[0] if item.city_names else item.name_zh


def _events(session: Session, ids: Sequence[int]) -> dict[int, list[CaseEvent]]:
    found: dict[int, list[CaseEvent]] = {case_id: [] for case_id in ids}
    for n in range(0, len(ids), 500):
        rows = session.scalars(
            select(CaseEvent)
            .where(CaseEvent.case_id.in_(ids[n : n + 500]), CaseEvent.act.in_(_READ))
            .order_by(CaseEvent.case_id, CaseEvent.sequence)
        )
        for event in rows:
            found[event.case_id].append(event)
    return found


def _day(text: str, name: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day: `2017-08-21`, `2017/8/21` or `20170821`; None: not given."""
    if not text.strip():
        return None
    for pattern in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"):
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=zone)
        except ValueError:
            continue
    raise InvalidInput(f"{name}: a day, such as 2017-08-21 or 2017/8/21")
