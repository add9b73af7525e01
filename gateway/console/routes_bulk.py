"""Several cases at once: given to a unit together, and taken out as a file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask
from starlette.responses import Response

from gateway.cases.case_file import case_file
from gateway.cases.desk import DeskRow, desk_page
from gateway.cases.desk_query import read_filter
from gateway.cases.errors import ActNotAllowed, StaleCase
from gateway.cases.offers import Offer
from gateway.cases.rules import Act
from gateway.console.act_forms import Given, deed_of
from gateway.console.case_words import CaseWords
from gateway.console.frame import local_path
from gateway.console.guards import CHECKED
from gateway.console.i18n import Language
from gateway.console.routes_case import offers_for
from gateway.console.routes_cases import BASE, cases_of, list_state, reach_of, words_of
from gateway.console.routes_session import Text, frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import InvalidInput, PlatformError
from gateway.identity.rules import Permission
from gateway.identity.views import Staff
from gateway.identity.web import require
from gateway.reports.files.safe_cell import safe_cell

BULK_MAX: Final = 100
EXPORT_MAX: Final = 100_000
_PAGE: Final = 1_000
_IN_MEMORY: Final = 4_194_304
_CHUNK: Final = 65_536
Ids = Annotated[list[str], Form(max_length=BULK_MAX)]
Assigner = Annotated[Staff, Depends(require(Permission.CASES_ASSIGN_BULK))]
Exporter = Annotated[Staff, Depends(require(Permission.CASES_EXPORT))]
_HEADINGS: Final = (
    "number", "kind", "item", "unit", "district", "address", "status", "received", "channel", "due",
    "standing", "reopened",
)  # fmt: skip

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Outcome:
    """What became of one case of several."""

    number: str
    message: str
    """Why it was not given; empty when it was."""


@router.post(f"{BASE}/bulk", dependencies=[CHECKED])
def assign_together(
    request: Request, staff: Assigner, ids: Ids = [], to_unit: Text = "", reason: Text = "", back: Text = "",  # noqa: B006 - FastAPI copies it
) -> Response:  # fmt: skip
    """Give the ticked cases to a unit. Each is an act of its own: one that is refused stops no other."""
    back = local_path(back, BASE)
    if not ids:
        return frame_of(request).redirect(request, back, "cases.bulk_none")
    outcomes = [_give(request, staff, picked, to_unit, reason) for picked in dict.fromkeys(ids)]
    with request.app.state.database.read() as session:
        words = words_of(request, session)
    return frame_of(request).render(
        request, "cases/bulk.html", outcomes=outcomes, unit=words.unit(to_unit), back=back,
        done=sum(not one.message for one in outcomes),
    )  # fmt: skip


def _give(request: Request, staff: Staff, picked: str, unit: str, reason: str) -> Outcome:
    number, _, rest = picked.partition(":")
    version, _, part = rest.partition(":")
    cases = cases_of(request)
    try:
        if not version.isdecimal():
            raise InvalidInput("ids")
        with request.app.state.database.write() as session:
            office = cases.office(session)
            file = case_file(session, number, reach_of(staff), cases.clock(), office)
            if file.case.version != int(version[:9]):
                raise StaleCase(number=number)
            offer = _giving(offers_for(request, staff, file), part)
            given = Given({"unit": unit, "note": reason})
            cases.act(session, number, deed_of(offer, staff, file.case.version, given, office.zone))
    except PlatformError as refused:
        english = visitor_of(request).language is Language.ENGLISH
        return Outcome(number[:40], refused.en if english else refused.zh)
    return Outcome(number, "")


def _giving(found: Sequence[Offer], part: str) -> Offer:
    """The act by which a case gets another unit: assigned where nobody has it, else reassigned."""
    for offer in found:
        fits = offer.part is None or not part or str(offer.part.id) == part
        if offer.act in {Act.ASSIGN, Act.REASSIGN} and fits:
            return offer
    raise ActNotAllowed("nobody can be given this case now")


@router.get(f"{BASE}.csv")
def export(request: Request, staff: Exporter) -> Response:
    """The list as it is filtered, without descriptions and without anybody's contact; it is audited."""
    state, cases = list_state(request.query_params), cases_of(request)
    file = SpooledTemporaryFile(max_size=_IN_MEMORY, mode="w+", encoding="utf-8-sig", newline="")  # noqa: SIM115 - closed after the answer
    with request.app.state.database.write() as session:
        words, office, now = words_of(request, session), cases.office(session), cases.clock()
        lines = csv.writer(file)
        lines.writerow([words.text(f"cases.{name}") for name in _HEADINGS])
        wanted, reach, count = read_filter(state.filters, words.items_of_main()), reach_of(staff), 0
        for offset in range(0, EXPORT_MAX, _PAGE):
            rows, _ = desk_page(
                session, wanted, reach, sort=state.sort, descending=state.descending, offset=offset,
                limit=_PAGE, now=now, office=office,
            )  # fmt: skip
            lines.writerows(_cells(row, words, office.zone) for row in rows)
            count += len(rows)
            if len(rows) < _PAGE:
                break
        cases.trail.append(
            session, act="case.export", actor=staff.username, role=staff.role_names,
            subject="cases", detail={"filters": dict(state.filters), "rows": count}, at=now,
        )  # fmt: skip
    file.seek(0)
    name = f"cases-{now.astimezone(office.zone):%Y%m%d-%H%M}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(
        iter(lambda: file.read(_CHUNK), ""), media_type="text/csv; charset=utf-8", headers=headers,
        background=BackgroundTask(file.close),
    )  # fmt: skip


def _cells(row: DeskRow, words: CaseWords, zone: ZoneInfo) -> list[str]:
    """One case in words. No description and no contact: what leaves the house tells of nobody."""
    item = words.item_of(row.item_code)
    cells = (
        row.number,
        words.text(f"cases.kinds.{item.kind}") if item else "",
        words.item(row.item_code),
        words.unit(row.unit),
        words.district(row.district),
        "" if row.confidential else row.address or "",
        words.text(f"cases.state.{row.status}"),
        _time(row.received_at, zone),
        words.named("cases.channels", row.channel),
        _time(row.due_at, zone),
        row.late.pair[words.english],
        words.text("cases.reopened") if row.reopened else "",
    )
    return [safe_cell(cell) for cell in cells]


def _time(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
