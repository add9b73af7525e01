"""Reports for programs: the same tables as on the pages, by token or session."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, Field

from gateway.channels.errors import refusals
from gateway.channels.operator.access import caller_at_desk
from gateway.identity.errors import NotPermitted
from gateway.identity.rules import Permission
from gateway.identity.views import ApiClient, Staff
from gateway.reports.files.json_file import about, named
from gateway.reports.files.lines import Making
from gateway.reports.moment import one_moment
from gateway.reports.readers import needed_for, reader_of_staff
from gateway.reports.tables import Reader

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])


class ReportPlace(BaseModel):
    """One report that can be asked for."""

    name: str
    zh: str
    en: str


class ReportQuestion(BaseModel):
    """What may be asked; each report reads what concerns it. Empty: no bound."""

    first: str = Field(default="", alias="from", max_length=40)
    """First day, such as 2018-07-01."""
    last: str = Field(default="", alias="to", max_length=40)
    """Last day, included."""
    by: str = Field(default="", max_length=40)
    """What one row is: agency, unit, main, item, kind, district, village, channel, person, day, week, month,
    half_year, year or total."""
    agency: str = Field(default="", max_length=200)
    unit: str = Field(default="", max_length=200)
    main: str = Field(default="", max_length=200)
    item: str = Field(default="", max_length=200)
    kind: str = Field(default="", max_length=200)
    district: str = Field(default="", max_length=200)
    village: str = Field(default="", max_length=200)
    channel: str = Field(default="", max_length=200)
    person: str = Field(default="", max_length=200)
    figure: str = Field(default="", max_length=40)
    """Of `cases`: the figure whose cases are listed."""
    within: str = Field(default="", max_length=40)
    """Of `due-soon`: 4h, today or 3d."""
    days: str = Field(default="", max_length=40)
    """Of `untouched`: for how many days at least."""


class ReportTable(BaseModel):
    """A report: what was asked, up to when it is known, its columns, and every row by their names."""

    report: str
    title: dict[str, str]
    asked: list[dict[str, str]]
    as_of: str
    made_at: str
    reader: dict[str, str]
    columns: list[dict[str, str]]
    total: dict[str, Any] | None
    notes: list[dict[str, str]]
    more: dict[str, Any]
    rows: list[dict[str, Any]]


@router.get("", responses=refusals(401, 403))
def every_report(request: Request) -> list[ReportPlace]:
    """What reports there are."""
    _reader(request)
    return [ReportPlace(name=one.name, zh=one.title[0], en=one.title[1]) for one in request.app.state.reports]


@router.get("/{name}", responses=refusals(401, 403, 404, 422))
def one_report(request: Request, name: str, question: Annotated[ReportQuestion, Query()]) -> ReportTable:
    """One report. Figures have no rounding and no separators; shares are from 0 to 1, times in UTC."""
    caller, reader = _reader(request)
    state = request.app.state
    now = state.cases.clock()
    given = {key: value for key, value in question.model_dump(by_alias=True).items() if value}
    with one_moment(state.database) as session:
        table = state.reports.named(name).table(session, given, reader, now)
    if not caller.may(needed_for(table)):
        raise NotPermitted(needed_for(table))
    making = Making(reader, now, ZoneInfo(state.settings.timezone))
    told = about(table, making) | {"rows": [named(table, row) for row in table.rows]}
    return ReportTable.model_validate(jsonable_encoder(told, custom_encoder={datetime: in_utc}))


def in_utc(at: datetime) -> str:
    """An instant as programs get it."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _reader(request: Request) -> tuple[Staff | ApiClient, Reader]:
    """Who asks, and what they may see. Raises NotSignedIn, NotPermitted."""
    caller = caller_at_desk(request)
    if not caller.may(Permission.REPORTS_READ):
        raise NotPermitted(Permission.REPORTS_READ)
    if isinstance(caller, Staff):
        return caller, reader_of_staff(caller, caller.language)
    return caller, Reader(caller.name, caller.name, None, oversees=caller.may(Permission.CHAT_OVERSEE))
