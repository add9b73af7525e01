"""Reports as files: at once where they are short, else in the background, and the list of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from gateway.console.guards import CHECKED
from gateway.console.report_desk import (
    BASE,
    EXPORTS,
    ReportNames,
    exports_of,
    now_of,
    page_of,
    reports_of,
    zone_of,
)
from gateway.console.report_reader import READS_REPORTS, ReportStaff, reader_of
from gateway.console.routes_session import frame_of
from gateway.identity.errors import NotPermitted
from gateway.identity.views import Staff
from gateway.reports.charts import written
from gateway.reports.exports.rules import MOVING, State, asked_of, share
from gateway.reports.files.formats import MEDIA, Format, file_name, write_file
from gateway.reports.files.lines import Making, facts
from gateway.reports.moment import one_moment
from gateway.reports.readers import needed_for
from gateway.reports.saved.periods import resolved
from gateway.reports.tables import EVERY_ROW, Row, Table

PRINTED: Final = "html"
TONES: Final = {
    State.QUEUED: "quiet", State.RUNNING: "info", State.DONE: "ok", State.FAILED: "alarm",
    State.EXPIRED: "quiet",
}  # fmt: skip
_IN_MEMORY: Final = 4_194_304
_CHUNK: Final = 65_536
_PRIVATE: Final = {"cache-control": "no-store"}
ExportId = Annotated[int, Path(ge=1, le=2**31 - 1)]
router = APIRouter(include_in_schema=False, dependencies=[READS_REPORTS])


class Ending(StrEnum):
    """How the address of a file may end."""

    ODS = "ods"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    HTML = PRINTED
    """A page to print."""


@router.get(f"{BASE}/{{name}}/file.{{ending}}")
def report_file(request: Request, staff: ReportStaff, name: str, ending: Ending) -> Response:
    """The report that the address asks for, as a file; one that is long is made in the background."""
    report, reader, now = reports_of(request).named(name), reader_of(request, staff), now_of(request)
    zone = zone_of(request)
    asked = resolved(asked_of(request.query_params), now.astimezone(zone).date())
    making = Making(reader, now, zone)
    with one_moment(request.app.state.database) as session:
        table = report.table(session, {**asked, **EVERY_ROW}, reader, now)
        needed, count = needed_for(table), len(table.rows)
        if not staff.may(needed):
            raise NotPermitted(needed)
        at_once = count <= request.app.state.settings.report_rows_at_once
        # Rows may be read as they are gone through: while the session is open.
        if at_once and ending is not Ending.HTML:
            made = _written(table, Format(ending.value), making)
        lines = _lines(table, making) if at_once and ending is Ending.HTML else []
    if not at_once and ending is not Ending.HTML:
        with request.app.state.database.write() as session:
            file_format = Format(ending.value)
            exports_of(request).ask(session, name, asked, file_format, reader, needed, count, now)
        request.app.state.export_worker.wake()
        return frame_of(request).redirect(request, EXPORTS, "exports.begun")
    with request.app.state.database.write() as session:
        _note(request, session, staff, name, {"asked": asked, "format": ending, "rows": count})
    if ending is Ending.HTML:
        return _printed(request, table, lines, making, page_of(name, asked), too_long=not at_once)
    headers = {
        "content-disposition": f'attachment; filename="{file_name(table, Format(ending.value), making)}"'
    }
    return StreamingResponse(
        _chunks(made), media_type=MEDIA[Format(ending.value)], headers={**headers, **_PRIVATE},
        background=BackgroundTask(made.close),
    )  # fmt: skip


@router.get(EXPORTS)
def mine(request: Request, staff: ReportStaff) -> Response:
    """One's own files and how far they are."""
    with request.app.state.database.read() as session:
        rows = exports_of(request).of(session, staff.username)
    return frame_of(request).render(
        request, "reports/exports.html", rows=rows, names=ReportNames(request), tones=TONES, share=share,
        moving=any(row.state in MOVING for row in rows), url=EXPORTS,
        hours=request.app.state.settings.report_files_hours,
    )  # fmt: skip


@router.get(f"{EXPORTS}/{{export_id}}/file")
def fetch(request: Request, staff: ReportStaff, export_id: ExportId) -> Response:
    """One of one's own files, if one may still see what it tells."""
    with request.app.state.database.write() as session:
        export, path = exports_of(request).fetch(
            session, export_id, staff, reader_of(request, staff), now_of(request)
        )  # fmt: skip
    when = (export.finished_at or export.created_at).astimezone(zone_of(request))
    return FileResponse(
        path, media_type=MEDIA[Format(export.format)], headers=_PRIVATE,
        filename=f"{export.report}-{when:%Y%m%d-%H%M}.{export.format}",
    )  # fmt: skip


@router.post(f"{EXPORTS}/{{export_id}}/delete", dependencies=[CHECKED])
def drop(request: Request, staff: ReportStaff, export_id: ExportId) -> Response:
    """Throw one of one's own files away, or call off that it is made."""
    exports = exports_of(request)
    with request.app.state.database.write() as session:
        path = exports.drop(session, export_id, staff.username)
    if path is not None:
        path.unlink(missing_ok=True)
    return frame_of(request).redirect(request, EXPORTS, "exports.dropped")


def _written(table: Table, file_format: Format, making: Making) -> IO[bytes]:
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed after the answer
    write_file(table, file_format, making, file)
    file.seek(0)
    return file


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(_CHUNK), b"")


def _lines(table: Table, making: Making) -> list[list[str]]:
    return [_line(table, row, making) for row in table.rows]


def _line(table: Table, row: Row, making: Making) -> list[str]:
    cells = zip(row.cells, table.columns, strict=True)
    return [written(value, column.form, making.zone) for value, column in cells]


def _printed(
    request: Request, table: Table, lines: Sequence[Sequence[str]], making: Making, back: str, *,
    too_long: bool,
) -> Response:  # fmt: skip
    return frame_of(request).render(
        request, "reports/print.html", table=table, facts=facts(table, making), too_long=too_long, back=back,
        lines=lines, total=_line(table, table.total, making) if table.total else None,
        most=request.app.state.settings.report_rows_at_once,
    )  # fmt: skip


def _note(request: Request, session: Session, staff: Staff, name: str, told: dict[str, object]) -> None:
    request.app.state.cases.trail.append(
        session, act="report.export", actor=staff.username, role=staff.role_names, subject=f"report:{name}",
        detail=told, at=now_of(request),
    )  # fmt: skip
