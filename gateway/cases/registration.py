"""Checking and writing a new case: number, assignment, due times, its first two events."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from sqlalchemy.orm import Session

from gateway.cases import clocks, telling
from gateway.cases.acting import Tools, write_events
from gateway.cases.attachments.service import claim
from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.cases.clocks import Clock
from gateway.cases.errors import InvalidCase
from gateway.cases.lifecycle import step_for
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent
from gateway.cases.nearness import place_key
from gateway.cases.numbering import allocate_number
from gateway.cases.rules import Act, Role, Stage, Status
from gateway.cases.views import NewCase

SYSTEM_ACTOR = "system"
_FIRST_ACTS = (Act.REGISTER, Act.ASSIGN)
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
    # Staff must register what came without a name or a number; it may then be left unhandled (§173 of the
    # 行政程序法).
    asked = item.contact_required and new.recorded_role is Role.CITIZEN
    if asked and not (new.contact_phone or new.contact_email):
        raise InvalidCase(f"{item.code} needs a contact")
    if (new.lat is None) != (new.lng is None) or not all(isfinite(n or 0) for n in (new.lat, new.lng)):
        raise InvalidCase("a place needs both coordinates")
    _check_texts(new)
    return CheckedCase(new, item, catalogue.owner(item, new.district, new.attributes))


def write(session: Session, checked: CheckedCase, tools: Tools) -> Case:
    """Write the case with number, assignment, clocks, its first two events, and the notice that it exists.

    The number carries the local day on which it was registered.
    """
    new, item = checked.new, checked.item
    received = new.received_at.astimezone(UTC)
    recorded = (new.recorded_at or new.received_at).astimezone(UTC)
    number = allocate_number(session, item.kind, recorded.astimezone(tools.office.zone).date())
    row = Case(
        number=str(number),
        origin_key=new.origin_key,
        kind=item.kind.value,
        item_code=item.code,
        catalogue_version=tools.catalogue.version,
        confidential=item.confidentiality == "confidential",
        needs_review=new.needs_review,
        status=Status.ASSIGNED.value,
        version=len(_FIRST_ACTS),
        owner_unit=checked.owner,
        district=new.district,
        village=new.village,
        address=new.address,
        latitude=new.lat,
        longitude=new.lng,
        place_key=place_key(new.district, new.address),
        description=new.description,
        contact_name=new.contact_name,
        contact_phone=new.contact_phone,
        contact_email=new.contact_email,
        language=new.language,
        channel=new.channel,
        received_at=received,
        conversation_id=new.conversation_id,
        attributes=dict(new.attributes),
        status_since=recorded,
        reopenings=0,
    )
    session.add(row)
    session.flush()
    _first_events(session, row, new, recorded, tools)
    part, dues = _first_part(session, row, item, recorded, tools)
    clocks.note_next(row, [part], dues)
    if new.draft_key is not None:
        claim(session, new.draft_key, row.id)
    telling.first_notice(session, row, dues, tools, recorded)
    telling.remind_of_new(session, row, dues, recorded, tools)
    session.flush()
    return row


def _first_part(
    session: Session, case: Case, item: ServiceItem, at: datetime, tools: Tools
) -> tuple[CaseAssignment, list[CaseDue]]:
    """The owner's part; what the citizen is promised counts from the receipt, the short clock from now."""
    part = CaseAssignment(
        case_id=case.id,
        unit=case.owner_unit,
        status=Status.ASSIGNED.value,
        lead=True,
        active=True,
        started_at=at,
    )
    session.add(part)
    session.flush()
    dues = [
        clocks.start(session, case, part, Clock(stage, limit), case.received_at, tools.office)
        for stage, limit in clocks.limits_of(item, tools.catalogue.channel_limit(case.channel))
    ]
    routing = Clock(Stage.ROUTING, tools.catalogue.routing_limit)
    dues.append(clocks.start(session, case, part, routing, at, tools.office))
    session.flush()
    return part, dues


def _first_events(session: Session, case: Case, new: NewCase, at: datetime, tools: Tools) -> None:
    act, then = _FIRST_ACTS
    registered = step_for(None, act, new.recorded_role)
    assigned = step_for(registered.target, then, Role.SYSTEM)
    # Contact details live in the case row alone: events are kept longer and shown to more people.
    facts: dict[str, Any] = {
        "status": Status.REGISTERED.value,
        "item_code": case.item_code,
        "catalogue_version": case.catalogue_version,
        "district": case.district,
        "village": case.village,
        "address": case.address,
        "latitude": case.latitude,
        "longitude": case.longitude,
        "channel": case.channel,
        "received_at": case.received_at.isoformat(),
        "contact_given": bool(case.contact_phone or case.contact_email),
    }
    first = CaseEvent(
        case_id=case.id,
        act=registered.act.value,
        actor=new.recorded_by or case.channel,
        role=new.recorded_role.value,
        at=at,
        before={},
        after=facts,
    )
    second = CaseEvent(
        case_id=case.id,
        act=assigned.act.value,
        actor=SYSTEM_ACTOR,
        role=Role.SYSTEM.value,
        at=at,
        before={"status": Status.REGISTERED.value, "owner_unit": None},
        after={"status": Status.ASSIGNED.value, "owner_unit": case.owner_unit},
    )
    write_events(session, tools.trail, [first, second], case.id, case.number)


def _check_texts(new: NewCase) -> None:
    shorts = (new.address, new.district, new.village, new.contact_name, new.contact_phone)
    more = (new.contact_email, new.channel, new.language, new.origin_key)
    if len(new.description) > DESCRIPTION_MAX or any(
        len(text or "") > SHORT_MAX for text in (*shorts, *more)
    ):
        raise InvalidCase("a text is too long")
    if any(_UNSTORABLE.search(text or "") for text in (new.description, *shorts, *more)):
        raise InvalidCase("a text holds control characters")
