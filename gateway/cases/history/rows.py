"""From a record to the rows of the case room; ids are given by whoever writes them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.clocks import limits_of
from gateway.cases.deadlines import Limit, Office, compute
from gateway.cases.history.rules import ClockPlan, EventPlan, Odd, Record, is_active, part_status, with_odd
from gateway.cases.history.rules import clocks as planned_clocks
from gateway.cases.history.rules import events as planned_events
from gateway.cases.nearness import place_key
from gateway.cases.rules import Act, Kind, Role, Stage, Status
from gateway.cases.working import rule_record, working_record
from gateway.places.service import Places

Row = dict[str, Any]
IMPORTER = "open1999"
"""Who acted in imported events, and the channel of imported cases."""
OTHER_ITEM = "dispatch_other"
SOURCE = "open1999"
"""Under which key of the first event the city's own words are kept."""


@dataclass(frozen=True)
class Surroundings:
    """What makes rows of records: catalogue, office, places, and the time of the import."""

    catalogue: Catalogue
    office: Office
    places: Places
    now: datetime


@dataclass
class CaseRows:
    """One case as it will be written: `case_id` and ids of its parts are not yet known."""

    case: Row
    part: Row
    dues: list[Row]
    events: list[Row]


def origin_key(number: str) -> str:
    """What asked for an imported case."""
    return f"open1999:{number}"


def placed(record: Record, around: Surroundings) -> Record:
    """The record with what is strange about its category, unit and place."""
    raw, catalogue = record.raw, around.catalogue
    odd = []
    if not raw.category:
        odd.append(Odd.NO_CATEGORY)
    elif catalogue.by_city_name(raw.category) is None:
        odd.append(Odd.UNKNOWN_CATEGORY)
    if not catalogue.knows_unit(raw.unit):
        odd.append(Odd.UNKNOWN_UNIT)
    if raw.district and not catalogue.knows_district(raw.district):
        odd.append(Odd.UNKNOWN_DISTRICT)
    if record.point is not None:
        located = around.places.locate(*record.point)
        if located is None:
            odd.append(Odd.OUTSIDE_CITY)
        elif raw.district and located.district.zh != raw.district:
            odd.append(Odd.OTHER_DISTRICT)
    return with_odd(record, *odd)


def item_of(record: Record, catalogue: Catalogue) -> ServiceItem:
    """The service item of the city's category; without one, that of everything else."""
    found = catalogue.by_city_name(record.raw.category)
    return catalogue.item(OTHER_ITEM) if found is None else found


def made(record: Record, around: Surroundings) -> CaseRows:
    """The rows of a new case. Raises DateOutOfCalendar."""
    item = item_of(record, around.catalogue)
    plans = planned_events(record)
    dues = [_due(plan, item, around) for plan in planned_clocks(record) if _limit(plan, item, around)]
    nearest = nearest_due(dues)
    case = _case(record, item, around)
    case.update(version=1 + len(plans), next_due_at=nearest)
    part = {
        "unit": case["owner_unit"],
        "lead": True,
        "started_at": (record.saved_at or record.created_at).astimezone(UTC),
        **part_state(record),
    }
    part["next_due_at"] = nearest if part["active"] else None
    events = [_registration(record, case)]
    events += [event_row(plan, n, around.now) for n, plan in enumerate(plans, start=2)]
    return CaseRows(case, part, dues, events)


def part_state(record: Record) -> Row:
    """How the unit's part stands."""
    ended = record.closed_at and record.closed_at.astimezone(UTC)
    return {"status": part_status(record), "active": is_active(record), "ended_at": ended}


def case_state(record: Record) -> Row:
    """Where the case stands, and since when, if somebody wrote it down."""
    since = {
        Status.REGISTERED: record.created_at,
        Status.ASSIGNED: record.saved_at,
        Status.RELEASED: record.closed_at,
    }.get(record.status)
    return {
        "status": record.status.value,
        "status_since": since and since.astimezone(UTC),
        "closed_at": record.closed_at and record.closed_at.astimezone(UTC),
    }


def nearest_due(dues: list[Row]) -> datetime | None:
    """The earliest due time that still runs."""
    return min((due["due_at"] for due in dues if due["current"] and due["met_at"] is None), default=None)


def event_row(plan: EventPlan, sequence: int, now: datetime) -> Row:
    """One act of the past."""
    return {
        "sequence": sequence,
        "act": plan.act.value,
        "actor": IMPORTER,
        "role": Role.SYSTEM.value,
        "at": (plan.at or now).astimezone(UTC),
        "before": {"status": plan.before},
        "after": {"status": plan.after},
        "note": plan.note,
    }


def _case(record: Record, item: ServiceItem, around: Surroundings) -> Row:
    raw = record.raw
    point = None if Odd.OUTSIDE_CITY in record.odd else record.point
    located = point and around.places.locate(*point)
    district = None if Odd.UNKNOWN_DISTRICT in record.odd else raw.district or None
    return {
        "number": raw.number,
        "origin_key": origin_key(raw.number),
        "kind": Kind.DISPATCH.value,
        "item_code": item.code,
        "catalogue_version": around.catalogue.version,
        "confidential": item.confidentiality == "confidential",
        "needs_review": False,
        "owner_unit": raw.unit or around.catalogue.owner(item, district),
        "district": district,
        "village": located.village if located and located.district.zh == district else None,
        "address": raw.address or None,
        "latitude": point and point[0],
        "longitude": point and point[1],
        "description": raw.before,
        "language": "zh-TW",
        "channel": IMPORTER,
        "received_at": record.created_at.astimezone(UTC),
        "attributes": {},
        "place_key": place_key(district, raw.address) if raw.address else None,
        "reopenings": 0,
        **case_state(record),
    }


def _registration(record: Record, case: Row) -> Row:
    raw = record.raw
    names = ("item_code", "catalogue_version", "district", "village", "address", "latitude", "longitude")
    after = {
        "status": Status.REGISTERED.value,
        **{name: case[name] for name in (*names, "owner_unit", "channel")},
        "received_at": case["received_at"].isoformat(),
        "contact_given": False,
        SOURCE: {
            "status": raw.status_code,
            "status_name": raw.status_name,
            "unit": raw.unit_code,
            "zip": raw.zip,
            "category": raw.category,
            "saved": raw.saved,
            "memo": raw.memo,
        },
    }
    return {
        "sequence": 1,
        "act": Act.REGISTER.value,
        "actor": IMPORTER,
        "role": Role.SYSTEM.value,
        "at": case["received_at"],
        "before": {},
        "after": after,
        "note": None,
    }


def _limit(plan: ClockPlan, item: ServiceItem, around: Surroundings) -> Limit | None:
    if plan.stage is Stage.ROUTING:
        return around.catalogue.routing_limit
    limits = dict(limits_of(item, around.catalogue.channel_limit(IMPORTER)))
    return limits.get(plan.stage)


def _due(plan: ClockPlan, item: ServiceItem, around: Surroundings) -> Row:
    limit = _limit(plan, item, around)
    if limit is None:
        raise ValueError(f"{item.code} has no {plan.stage} clock")
    office = around.office
    found = compute(limit, plan.start_at, office)
    return {
        "stage": plan.stage.value,
        "start_at": plan.start_at.astimezone(UTC),
        "due_at": found.due_at,
        "first_due_at": found.due_at,
        "met_at": plan.met_at and plan.met_at.astimezone(UTC),
        "current": plan.judged,
        "rule": rule_record(limit),
        "working": working_record(found, plan.start_at, office),
        "calendar_version": office.calendar.version,
        "catalogue_version": around.catalogue.version,
    }
