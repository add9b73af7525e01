"""How operators did in a period, as a page and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.console.quality_words import QualityWords, day_of
from gateway.console.routes_quality import ASSESSOR, BASE, Assessor, acting, quality_of
from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.identity.rules import Permission
from gateway.quality.averages import standings
from gateway.quality.rules import last_month
from gateway.quality.standard import Grade
from gateway.quality.views import Standing
from gateway.reports.files.safe_cell import safe_cell

OPERATORS: Final = f"{BASE}/operators"
router = APIRouter(include_in_schema=False, dependencies=[ASSESSOR])


@router.get(OPERATORS)
def averages(request: Request) -> Response:
    """Number, average and grade of each operator, and the share of each criterion's points."""
    first, last, wrong = _period(request)
    with request.app.state.database.read() as session:
        found = standings(session, first, last, quality_of(request).zone)
        words = QualityWords.of(request, session)
    return frame_of(request).render(
        request, "quality/operators.html", found=found, words=words, codes=_codes(words, found),
        first=first, last=last, wrong=wrong,
    )  # fmt: skip


@router.get(f"{OPERATORS}.csv")
def export(request: Request, staff: Assessor) -> Response:
    """The same as a file; it is audited."""
    first, last, _ = _period(request)
    with request.app.state.database.write() as session:
        found = standings(session, first, last, quality_of(request).zone)
        words = QualityWords.of(request, session)
        told = {"from": first.isoformat(), "to": last.isoformat(), "rows": len(found)}
        quality_of(request).note_export(session, told, acting(staff, Permission.QUALITY_ASSESS))
    name = f"quality-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    text = _table(request, words, found, (first, last))
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _table(
    request: Request, words: QualityWords, found: Sequence[Standing], period: tuple[date, date]
) -> str:
    english = visitor_of(request).language == "en"
    codes = _codes(words, found)
    heads = ("averages.first", "averages.last", "averages.username", "operator", "averages.count",
             "averages.average", "grade")  # fmt: skip
    file = io.StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow(
        [
            *(words.text(f"quality.{head}") for head in heads),
            *(f"{words.criterion(code)[english]} %" for code in codes),
        ]
    )
    for one in found:
        grade: Grade = words.grade_for(one.average)
        cells = [
            period[0].isoformat(), period[1].isoformat(), one.operator, words.name(one.operator),
            str(one.sheets), words.number(one.average), grade.pair[english],
            *(words.number(one.by_criterion.get(code)) for code in codes),
        ]  # fmt: skip
        lines.writerow([safe_cell(cell) for cell in cells])
    return file.getvalue()


def _codes(words: QualityWords, found: Sequence[Standing]) -> list[str]:
    """Criteria of the standard in its order, and then those that only older sheets have."""
    known = [one.code for one in words.standard.criteria]
    older = {code for one in found for code in one.by_criterion} - set(known)
    return [*known, *sorted(older)]


def _period(request: Request) -> tuple[date, date, bool]:
    """The period that is asked for, else last month until today; and whether what was asked is no period."""
    room, query = quality_of(request), request.query_params
    today = room.clock().astimezone(room.zone).date()
    first, last = day_of(query.get("from", "")), day_of(query.get("to", ""))
    if first is not None and last is not None and first <= last:
        return first, last, False
    return last_month(today)[0], today, bool(query.get("from") or query.get("to"))
