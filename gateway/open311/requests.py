"""Cases as the requests of GeoReport v2: only public ones, and nothing personal of them.

`expected_datetime` is the completion's due time of the part that leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from gateway.cases.catalogue import Catalogue
from gateway.cases.masking import masked, masked_place
from gateway.cases.models import Case, CaseAssignment, CaseDue, CaseEvent
from gateway.cases.public import REPLIES, names_of
from gateway.cases.rules import STATUS_TEXT, Stage, Status
from gateway.cases.service import CaseService
from gateway.open311.errors import RequestNotFound, ServiceNotFound, TokenUnknown
from gateway.open311.rules import PUBLIC_KINDS, TOKEN, Wanted, status_of
from gateway.places.service import Places

ORIGIN = "open311:"
"""How the origin key of a case begins that was filed here; the rest is its token."""


class PublicRequests:
    """Reads public cases; one instance serves every request."""

    def __init__(self, cases: CaseService, places: Places) -> None:
        self._cases = cases
        self._zips = {district.zh: district.zip for district in places.districts}

    def listed(self, session: Session, wanted: Wanted, english: bool) -> list[dict[str, Any]]:
        """One page of what is wanted, the newest first. Raises ServiceNotFound for an unknown code."""
        catalogue = self._cases.catalogue
        unknown = [code for code in wanted.codes if code not in catalogue.items]
        if unknown and not wanted.ids:
            raise ServiceNotFound
        rows = session.scalars(
            select(Case)
            .where(*public_only(), *_conditions(wanted))
            .order_by(Case.received_at.desc(), Case.id.desc())
            .limit(wanted.page_size)
            .offset((wanted.page - 1) * wanted.page_size)
        ).all()
        return self._described(session, rows, english)

    def one(self, session: Session, number: str, english: bool) -> dict[str, Any]:
        """The request of this number. Raises RequestNotFound."""
        row = session.scalar(select(Case).where(*public_only(), Case.number == number))
        if row is None:
            raise RequestNotFound
        return self._described(session, [row], english)[0]

    def token(self, session: Session, token: str) -> dict[str, str]:
        """The number of what was filed under a token; a number stands for itself. Raises TokenUnknown."""
        keys = [f"{ORIGIN}{token}"] if TOKEN.fullmatch(token) else []
        number = session.scalar(
            select(Case.number)
            .where(*public_only(), or_(Case.number == token, Case.origin_key.in_(keys)))
            .order_by((Case.number == token).desc())
        )
        if number is None:
            raise TokenUnknown
        return {"service_request_id": number, "token": token}

    def _described(self, session: Session, rows: Sequence[Case], english: bool) -> list[dict[str, Any]]:
        ids = [row.id for row in rows]
        updated = _updated(session, ids)
        expected = _expected(session, ids)
        answers = _answers(session, ids)
        names = names_of(session, rows)
        catalogues = {
            version: self._cases.catalogues.by_version(session, version)
            for version in {row.catalogue_version for row in rows}
        }
        zone = self._cases.office(session).zone
        return [
            self._request(
                row,
                catalogues[row.catalogue_version],
                english,
                _iso(row.received_at, zone),
                _iso(updated.get(row.id), zone),
                _iso(expected.get(row.id), zone),
                answers.get(row.id),
                names[row.id],
            )
            for row in rows
        ]

    def _request(
        self,
        row: Case,
        catalogue: Catalogue,
        english: bool,
        requested: str | None,
        updated: str | None,
        expected: str | None,
        answer: str | None,
        names: Sequence[str],
    ) -> dict[str, Any]:
        item, status = catalogue.item(row.item_code), Status(row.status)
        return {
            "service_request_id": row.number,
            "status": status_of(status),
            "status_notes": masked(answer, names) if answer else STATUS_TEXT[status][english],
            "service_name": item.name_en if english else item.name_zh,
            "service_code": item.code,
            "description": masked(row.description, names),
            "agency_responsible": catalogue.unit_name(row.owner_unit, "en" if english else "zh-TW"),
            "service_notice": None,
            "requested_datetime": requested,
            "updated_datetime": updated,
            "expected_datetime": expected,
            "address": _address(row, names),
            "address_id": None,
            "zipcode": self._zips.get(row.district or ""),
            "lat": row.latitude,
            "long": row.longitude,
            "media_url": None,
        }


def public_only() -> list[ColumnElement[bool]]:
    """What makes a case public: its kind, and that nobody's identity is under protection."""
    return [Case.kind.in_(sorted(PUBLIC_KINDS)), Case.confidential.is_(False)]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    if wanted.ids:
        return [Case.number.in_(wanted.ids)]
    fits: list[ColumnElement[bool]] = [
        Case.received_at >= wanted.start,
        Case.received_at <= wanted.end,
        Case.status.in_(sorted(wanted.statuses)),
    ]
    if wanted.codes:
        fits.append(Case.item_code.in_(wanted.codes))
    if wanted.updated_after is not None:
        fits.append(exists().where(CaseEvent.case_id == Case.id, CaseEvent.at > wanted.updated_after))
    return fits


def _updated(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    latest = select(CaseEvent.case_id, func.max(CaseEvent.sequence).label("sequence"))
    latest_of = latest.where(CaseEvent.case_id.in_(ids)).group_by(CaseEvent.case_id).subquery()
    rows = session.execute(
        select(CaseEvent.case_id, CaseEvent.at).join(
            latest_of,
            (latest_of.c.case_id == CaseEvent.case_id) & (latest_of.c.sequence == CaseEvent.sequence),
        )
    )
    return dict(rows.all())


def _expected(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(CaseDue.case_id, CaseDue.due_at)
        .join(CaseAssignment, CaseAssignment.id == CaseDue.assignment_id)
        .where(
            CaseDue.case_id.in_(ids),
            CaseDue.stage == Stage.COMPLETION.value,
            CaseDue.current,
            CaseAssignment.lead,
        )
    )
    return dict(rows.all())


def _answers(session: Session, ids: Sequence[int]) -> dict[int, str | None]:
    rows = session.execute(
        select(CaseEvent.case_id, CaseEvent.note)
        .where(CaseEvent.case_id.in_(ids), CaseEvent.act.in_(REPLIES))
        .order_by(CaseEvent.case_id, CaseEvent.sequence)
    )
    return dict(rows.all())


def _address(row: Case, names: Sequence[str]) -> str | None:
    if not row.address:
        return row.district
    named = row.district and row.district not in row.address
    return masked_place(f"{row.district}{row.address}" if named else row.address, names)


def _iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")
