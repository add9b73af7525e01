"""What a unit's own system is told of its cases, in the act's own transaction.

No word of a citizen and no word about one leaves the house: neither description, notes and contact nor, of
a confidential case, where it is. Whoever needs those reads them at the desk, where the reading is audited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.cases import clocks
from gateway.cases.acting import Acting, Tools
from gateway.cases.attachments.service import StoredAttachment, claim
from gateway.cases.masking import masked_place
from gateway.cases.models import Case, CaseAssignment, CaseAttachment, CaseEvent
from gateway.cases.rules import Act
from gateway.outbox.service import Outbox
from gateway.outbox.webhooks.models import WebhookEndpoint
from gateway.outbox.webhooks.rules import Topic
from gateway.outbox.webhooks.service import listening, put_event

TOPICS: Final[Mapping[Act, Topic]] = {
    Act.ASSIGN: Topic.ASSIGNED,
    Act.REASSIGN: Topic.REASSIGNED,
    Act.RETURN: Topic.RETURNED,
    Act.SUPPLY_INFO: Topic.INFO_SUPPLIED,
    Act.ADD_INFO: Topic.INFO_SUPPLIED,
    Act.EXTEND: Topic.EXTENDED,
    Act.MERGE: Topic.MERGED,
    Act.CONVERT: Topic.CONVERTED,
    Act.RELEASE: Topic.RELEASED,
    Act.REOPEN: Topic.REOPENED,
}
"""What an act is called to those who have to do with the case already; any other is an update."""
UNTOLD: Final = frozenset({Act.COMMENT})
"""Words among colleagues change nothing."""
NEWLY_GIVEN: Final = frozenset({Act.ASSIGN, Act.REASSIGN, Act.SPLIT})
"""Acts by which a unit gets a part in the case: to that one the case is assigned."""


def tell_units(acting: Acting, event: CaseEvent) -> None:
    """Write what has just been done for every endpoint of the units that it concerns."""
    if acting.step.act in UNTOLD or not (listeners := listening(acting.session)):
        return
    case, act = acting.case, acting.step.act
    more = {name: acting.after[name] for name in ("merged_into",) if name in acting.after}
    if acting.made is not None:
        more["converted_to"] = acting.made
    usual = TOPICS.get(act, Topic.UPDATED)
    for unit, new in _concerned(acting.session, case, acting.at).items():
        topic = Topic.ASSIGNED if new and act in NEWLY_GIVEN else usual
        data = {**_facts(acting.session, case, unit, acting.tools), "act": act.value, **more}
        _put(
            acting.session, acting.tools.outbox, _of(listeners, unit, topic), case, event.sequence, topic,
            data, acting.at,
        )  # fmt: skip


def tell_of_new_case(session: Session, case: Case, tools: Tools) -> None:
    """Write that a case was registered and given to its owner, once it is known to be confidential or not."""
    listeners = _of(listening(session), case.owner_unit, Topic.ASSIGNED)
    if listeners:
        data = {**_facts(session, case, case.owner_unit, tools), "act": Act.ASSIGN.value}
        at = case.status_since or case.received_at
        _put(session, tools.outbox, listeners, case, case.version, Topic.ASSIGNED, data, at)


def claim_files(session: Session, case: Case, tools: Tools, draft_key: str, at: datetime) -> None:
    """Give the files of a draft to a case that was there before, and write that it has them."""
    files = session.scalars(select(CaseAttachment).where(CaseAttachment.draft_key == draft_key)).all()
    claim(session, draft_key, case.id)
    for file in files:
        tell_of_file(session, case, tools, file, at)


def tell_of_file(
    session: Session, case: Case, tools: Tools, file: StoredAttachment | CaseAttachment, at: datetime
) -> None:
    """Write that a case has another file; its name and content stay at the desk."""
    listeners = listening(session)
    if not listeners:
        return
    told = {"id": file.public_id, "media_type": file.media_type, "size": file.size}
    for unit in _concerned(session, case, at):
        data = {**_facts(session, case, unit, tools), "act": "add_file", "attachment": told}
        cause = f"file:{file.public_id}"
        theirs = _of(listeners, unit, Topic.ATTACHMENT)
        _put(session, tools.outbox, theirs, case, cause, Topic.ATTACHMENT, data, at)


def _concerned(session: Session, case: Case, at: datetime) -> dict[str, bool]:
    """The units that work on a case or did until this act, and which of them have just been given it."""
    parts = session.scalars(
        select(CaseAssignment)
        .where(
            CaseAssignment.case_id == case.id,
            or_(CaseAssignment.active, CaseAssignment.ended_at == at),
        )
        .order_by(CaseAssignment.id)
    )
    units: dict[str, bool] = {}
    for part in parts:
        units[part.unit] = units.get(part.unit, False) or (part.active and part.started_at == at)
    return units


def _of(listeners: Iterable[WebhookEndpoint], unit: str, topic: Topic) -> list[WebhookEndpoint]:
    return [one for one in listeners if one.unit == unit and topic in one.topics]


def _put(
    session: Session,
    outbox: Outbox,
    endpoints: Iterable[WebhookEndpoint],
    case: Case,
    cause: int | str,
    topic: Topic,
    data: dict[str, Any],
    at: datetime,
) -> None:
    for endpoint in endpoints:
        put_event(session, outbox, endpoint, f"{case.number}:{cause}", topic, data, case.number, at)


def _facts(session: Session, case: Case, unit: str, tools: Tools) -> dict[str, Any]:
    """The case as it stands now."""
    address = tools.rules.public_url
    return {
        "number": case.number,
        "version": case.version,
        "unit": unit,
        "owner_unit": case.owner_unit,
        "kind": case.kind,
        "item_code": case.item_code,
        "status": case.status,
        "confidential": case.confidential,
        "received_at": case.received_at.isoformat(),
        "district": case.district,
        "place": None if case.confidential else _place(case),
        "due": [
            {
                "stage": due.stage,
                "due_at": due.due_at.isoformat(),
                "met_at": due.met_at and due.met_at.isoformat(),
            }
            for due in _dues_of(session, case, unit)
        ],
        "desk": f"{address.rstrip('/')}/console/cases/{case.number}" if address else None,
    }


def _place(case: Case) -> dict[str, Any]:
    known = [case.contact_name] if case.contact_name else []
    return {
        "address": masked_place(case.address, known) if case.address else None,
        "village": case.village,
        "latitude": case.latitude,
        "longitude": case.longitude,
    }


def _dues_of(session: Session, case: Case, unit: str) -> list[Any]:
    own = set(
        session.scalars(
            select(CaseAssignment.id).where(CaseAssignment.case_id == case.id, CaseAssignment.unit == unit)
        )
    )
    return [due for due in clocks.current(session, case.id) if due.assignment_id in own]
