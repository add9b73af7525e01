"""Checking and writing a new case: number, due times, its first two events."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.deadlines import Limit, Office, compute
from gateway.cases.errors import InvalidCase
from gateway.cases.models import Case, CaseDue, CaseEvent
from gateway.cases.numbering import allocate_number
from gateway.cases.rules import Act, Role, Stage, Status, step_for
from gateway.cases.views import NewCase
from gateway.cases.working import rule_record, working_record

SYSTEM_ACTOR = "system"
DESCRIPTION_MAX = 4000
SHORT_MAX = 200
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class CheckedCase:
    """A new case whose parts fit together, with its item and the unit it goes to."""

    new: NewCase
    item: ServiceItem
    owner: str


def checked(new: NewCase, catalogue: Catalogue) -> CheckedCase:
    """Check a new case against the catalogue. Raises UnknownServiceItem or InvalidCase."""
    item = catalogue.item(new.item_code)
    if item.kind != new.kind:
        raise InvalidCase(f"{item.code} is no {new.kind}")
    if new.received_at.tzinfo is None:
        raise InvalidCase("received_at needs a zone")
    if not new.description.strip() or not new.origin_key:
        raise InvalidCase("a case needs a description and an origin")
    if item.contact_required and not (new.contact_phone or new.contact_email):
        raise InvalidCase(f"{item.code} needs a contact")
    if (new.lat is None) != (new.lng is None) or not all(isfinite(n or 0) for n in (new.lat, new.lng)):
        raise InvalidCase("a place needs both coordinates")
    _check_texts(new)
    return CheckedCase(new, item, catalogue.owner(item, new.district))


def write(session: Session, case: CheckedCase, catalogue: Catalogue, office: Office) -> Case:
    """Write the case with number, due times and the events of registering and assigning it."""
    new, item = case.new, case.item
    received = new.received_at.astimezone(UTC)
    number = allocate_number(session, item.kind, received.astimezone(office.zone).date())
    row = Case(
        number=str(number),
        origin_key=new.origin_key,
        kind=item.kind.value,
        item_code=item.code,
        catalogue_version=catalogue.version,
        confidential=item.confidentiality == "confidential",
        needs_review=new.needs_review,
        status=Status.REGISTERED.value,
        version=1,
        owner_unit=case.owner,
        district=new.district,
        village=new.village,
        address=new.address,
        latitude=new.lat,
        longitude=new.lng,
        description=new.description,
        contact_name=new.contact_name,
        contact_phone=new.contact_phone,
        contact_email=new.contact_email,
        language=new.language,
        channel=new.channel,
        received_at=received,
    )
    session.add(row)
    session.flush()
    for stage, limit in limits_of(item):
        session.add(_due(row, stage, limit, received, office))
    _first_events(session, row, received)
    session.flush()
    return row


def limits_of(item: ServiceItem) -> list[tuple[Stage, Limit]]:
    """The clocks of an item: always completion, and inspection where the item has one."""
    stages = [(Stage.INSPECTION, item.inspection), (Stage.COMPLETION, item.completion)]
    return [(stage, limit) for stage, limit in stages if limit is not None]


def _due(case: Case, stage: Stage, limit: Limit, received: datetime, office: Office) -> CaseDue:
    due = compute(limit, received, office)
    return CaseDue(
        case_id=case.id,
        stage=stage.value,
        due_at=due.due_at,
        rule=rule_record(limit),
        working=working_record(due, received, office),
        calendar_version=office.calendar.version,
        catalogue_version=case.catalogue_version,
    )


def _first_events(session: Session, case: Case, at: datetime) -> None:
    registered = step_for(None, Act.REGISTER, Role.CITIZEN)
    assigned = step_for(registered.target, Act.ASSIGN, Role.SYSTEM)
    # Contact details live in the case row alone: events are kept longer and shown to more people.
    facts: dict[str, Any] = {
        "status": registered.target.value,
        "item_code": case.item_code,
        "catalogue_version": case.catalogue_version,
        "district": case.district,
        "village": case.village,
        "address": case.address,
        "latitude": case.latitude,
        "longitude": case.longitude,
        "channel": case.channel,
        "contact_given": bool(case.contact_phone or case.contact_email),
    }
    session.add(
        CaseEvent(
            case_id=case.id,
            sequence=1,
            act=registered.act.value,
            actor=case.channel,
            role=Role.CITIZEN.value,
            at=at,
            before={},
            after=facts,
        )
    )
    session.add(
        CaseEvent(
            case_id=case.id,
            sequence=2,
            act=assigned.act.value,
            actor=SYSTEM_ACTOR,
            role=Role.SYSTEM.value,
            at=at,
            before={"status": registered.target.value, "owner_unit": None},
            after={"status": assigned.target.value, "owner_unit": case.owner_unit},
        )
    )
    case.status = assigned.target.value
    case.version = 2


def _check_texts(new: NewCase) -> None:
    shorts = (new.address, new.district, new.village, new.contact_name, new.contact_phone)
    more = (new.contact_email, new.channel, new.language, new.origin_key)
    if len(new.description) > DESCRIPTION_MAX or any(
        len(text or "") > SHORT_MAX for text in (*shorts, *more)
    ):
        raise InvalidCase("a text is too long")
    if any(_UNSTORABLE.search(text or "") for text in (new.description, *shorts, *more)):
        raise InvalidCase("a text holds control characters")
