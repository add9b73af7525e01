"""The map of cases: the page with its table, and what its drawing asks for as the reader moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from gateway.cases.rules import Kind
from gateway.channels.guards import policy_with_tiles
from gateway.console.case_words import CaseWords
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_session import frame_of
from gateway.errors import InvalidInput
from gateway.places.service import Places
from gateway.reports.cases.naming import NO_VILLAGE, NOWHERE
from gateway.reports.map.frames import frames
from gateway.reports.map.points import Looked, Nearness, points, spots
from gateway.reports.map.report import Found, MapReport, ordered
from gateway.reports.map.rules import ZOOMS, Measure, box_of
from gateway.reports.moment import one_moment
from gateway.reports.tables import Form, Reader, Table, Value

BASE: Final = "/console/reports/map"
FILTERS: Final = ("from", "to", "main", "item", "unit", "kind", "open", "level", "district")
WORDS: Final = (
    "whole", "play", "stop", "received", "open", "overdue", "share", "density", "none", "cases", "more",
    "merged_into", "near", "zoom_in", "zoom_out", "spot", "failed", "shown", "grouped", "sort",
)  # fmt: skip
"""What the drawing says, from the catalogue."""
_PRIVATE: Final = {"cache-control": "no-store"}
Month = Annotated[str, Query(max_length=7)]
Zoom = Annotated[int, Query(ge=ZOOMS.start, le=ZOOMS.stop - 1)]
BoxText = Annotated[str, Query(max_length=120)]

router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])


@router.get(BASE)
def page(request: Request, staff: ReportStaff) -> Response:
    """Filters, the map and a table of the same figures; the whole question is in the address."""
    reader, report, now = reader_of(request, staff), _report(request), _now(request)
    given, refused = dict(request.query_params), None
    english = reader.language == "en"
    try:
        found = _found(request, given, reader)
    except InvalidInput as problem:
        refused, found = problem, Found(report.wanted({}, now), (), now)
    table = report.tabled(found, english)
    words = _words(request)
    settings = request.app.state.settings
    units = words.units()
    response = frame_of(request).render(
        request, "reports/map.html", 422 if refused else 200, asked=found.asked, given=given,
        query=urlencode({name: given[name] for name in FILTERS if given.get(name)}),
        measure=_measure(given), table=table, rows=_cells(table), heads=table.place("received"),
        areas=_keys(request, found), refused=refused, words=words, summary=_summary(table),
        said=_said(words),
        named_measures=[(one.value, words.text(f"report_map.measures.{one}")) for one in Measure],
        named_kinds=[(one.value, words.text(f"cases.kinds.{one}")) for one in Kind],
        units=units if reader.units is None else [one for one in units if one[0] in reader.units],
        tiles=settings.map_tiles or "", attribution=settings.map_attribution,
    )  # fmt: skip
    response.headers["content-security-policy"] = policy_with_tiles(settings.map_tiles)
    return response


@router.get(f"{BASE}/areas.json")
def areas(request: Request, staff: ReportStaff) -> JSONResponse:
    """Every area's figures by month, and the classes of its colours."""
    reader = reader_of(request, staff)
    found = _found(request, request.query_params, reader)
    return JSONResponse(frames(found, request.app.state.places, reader.language == "en"), headers=_PRIVATE)


@router.get(f"{BASE}/points.json")
def drawn_points(
    request: Request, staff: ReportStaff, box: BoxText, zoom: Zoom, month: Month = ""
) -> JSONResponse:
    """The cases within a box: single ones where they are few, else cells of a grid."""
    reader, report, now, state = reader_of(request, staff), _report(request), _now(request), request.app.state
    asked, looked = report.wanted(request.query_params, now), Looked(box_of(box), zoom, month)
    settings = state.settings
    nearness = Nearness(settings.duplicate_metres, timedelta(days=settings.duplicate_days))
    words = _words(request)
    with state.database.read() as session:
        found = points(session, asked, looked, reader.units, nearness, now, report.zone)
    for one in found["points"]:
        one["item"] = words.item(one["item"])
        one["status"] = words.text(f"cases.state.{one['status']}")
        one["received"] = f"{datetime.fromisoformat(one['received']).astimezone(report.zone):%Y-%m-%d}"
    return JSONResponse(found, headers=_PRIVATE)


@router.get(f"{BASE}/spots.json")
def hot_spots(request: Request, staff: ReportStaff, month: Month = "") -> JSONResponse:
    """Places with several cases."""
    reader, report, now = reader_of(request, staff), _report(request), _now(request)
    words = _words(request)
    with request.app.state.database.read() as session:
        asked = report.wanted(request.query_params, now)
        found = spots(session, asked, month, reader.units, report.zone)
    for one in found:
        one["place"] = "".join(filter(None, (words.district(one.pop("district")), one.pop("village"))))
    return JSONResponse({"spots": found}, headers=_PRIVATE)


def _found(request: Request, given: Mapping[str, str], reader: Reader) -> Found:
    with one_moment(request.app.state.database) as session:
        return _report(request).found(session, given, reader, _now(request))


def _report(request: Request) -> MapReport:
    report: MapReport = request.app.state.reports.named(MapReport.name)
    return report


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.cases.clock()
    return now


def _words(request: Request) -> CaseWords:
    return CaseWords.of(request, request.app.state.catalogues.current())


def _keys(request: Request, found: Found) -> Sequence[str]:
    """Each row's area as the drawing calls it: code of the district, and village."""
    places: Places = request.app.state.places
    codes = {district.zh: district.code for district in places.districts}
    return [f"{codes.get(key[0] or '', '')}|{key[1] or ''}" for key in ordered(found.by_area())]


def _measure(given: Mapping[str, str]) -> str:
    measure = given.get("measure", "")
    return measure if measure in set(Measure) else Measure.RECEIVED.value


def _said(words: CaseWords) -> Mapping[str, str]:
    return {name: words.text(f"report_map.say.{name}") for name in WORDS}


def _summary(table: Table) -> Mapping[str, str]:
    """The map in a sentence: how many cases in how many areas, and where most are."""
    if not table.rows or table.total is None:
        return {}
    place = table.place("received")
    unknown = {*NOWHERE, *NO_VILLAGE}
    named = [row.cells for row in table.rows if unknown.isdisjoint(map(str, row.cells[:place]))]
    top = (named or [table.rows[0].cells])[0]
    return {
        "total": f"{table.total.cells[place]:,}", "areas": f"{len(table.rows):,}",
        "top": "".join(str(cell) for cell in top[:place]), "most": f"{top[place]:,}",
    }  # fmt: skip


def _cells(table: Table) -> Sequence[tuple[Sequence[str], Sequence[str]]]:
    """Each row as people read it: its names, and its numbers."""
    place = table.place("received")
    forms = [column.form for column in table.columns]
    return [
        (
            [str(cell) for cell in row.cells[:place]],
            [written(cell, form) for cell, form in zip(row.cells[place:], forms[place:], strict=True)],
        )
        for row in ([*table.rows, table.total] if table.total else table.rows)
    ]


def written(cell: Value, form: Form) -> str:
    """A number as people read it."""
    if cell is None:
        return "—"
    if form is Form.SHARE:
        return f"{cell:.2%}"
    return f"{cell:,.2f}" if form is Form.SCORE else f"{cell:,}"
