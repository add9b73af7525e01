"""The report drawn up from the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gateway.cases.catalogue_shelf import Catalogues
from gateway.reports.cases.deadlines import known_until
from gateway.reports.figures.book import in_force, live_month
from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.months import Month, Period, months_between
from gateway.reports.figures.own import OwnFigures, PlatformFigures
from gateway.reports.figures.reckoning import make_sheet
from gateway.reports.half_year.data import as_data
from gateway.reports.half_year.document import Document, drawn_up
from gateway.reports.half_year.ods import MEDIA_TYPE as ODS_TYPE
from gateway.reports.half_year.ods import as_ods
from gateway.reports.half_year.odt import MEDIA_TYPE as ODT_TYPE
from gateway.reports.half_year.odt import as_odt
from gateway.reports.half_year.text import as_text
from gateway.reports.half_year.wording import wording
from gateway.settings import Settings

SOON_ENOUGH: Final = timedelta(minutes=1)
"""What has waited for less to be counted is not worth a word in a report on half a year."""


class FileKind(StrEnum):
    """As what the report can be had."""

    TEXT = "text"
    JSON = "json"
    ODS = "ods"
    ODT = "odt"

    @property
    def ending(self) -> str:
        """How the name of such a file ends."""
        return "txt" if self is FileKind.TEXT else self.value

    @property
    def media_type(self) -> str:
        """Its media type."""
        return _TYPES[self]


class HalfYear:
    """Draws the report up; one transaction sees one moment."""

    def __init__(self, zone: ZoneInfo, live: Month | None, own: OwnFigures) -> None:
        self.zone = zone
        self._live = live
        self._own = own

    @classmethod
    def of(cls, settings: Settings, catalogues: Catalogues) -> HalfYear:
        """By the settings of this platform."""
        live = Month.read(settings.figures_live_from) if settings.figures_live_from else None
        zone = ZoneInfo(settings.timezone)
        return cls(zone, live, PlatformFigures(zone, catalogues))

    def draw_up(self, session: Session, period: Period, now: datetime) -> Document:
        """The report of a period as it stands at `now`."""
        begins = min(period.before.first, (period.year_so_far or period).first)
        months = months_between(begins, period.last)
        entries = in_force(session, months)
        live = live_month(session, self.zone, self._live)
        here = now.astimezone(self.zone)
        sheet = make_sheet(
            figures(), months, entries, lambda code, month: self._own.value(session, code, month, month),
            live, Month.of(here.date()),
        )  # fmt: skip
        known = known_until(session, now)
        behind = known if now - known > SOON_ENOUGH else None
        return drawn_up(period, sheet, wording(), here, live, self.zone, behind)


_TYPES: Final[Mapping[FileKind, str]] = {
    FileKind.TEXT: "text/plain; charset=utf-8",
    FileKind.JSON: "application/json",
    FileKind.ODS: ODS_TYPE,
    FileKind.ODT: ODT_TYPE,
}
_WRITERS: Final[Mapping[FileKind, Callable[[Document], bytes]]] = {
    FileKind.TEXT: lambda document: as_text(document).encode(),
    FileKind.JSON: lambda document: (
        json.dumps(as_data(document), ensure_ascii=False, indent=1) + "\n"
    ).encode(),
    FileKind.ODS: as_ods,
    FileKind.ODT: as_odt,
}


def written(document: Document, kind: FileKind) -> bytes:
    """The report as a file."""
    return _WRITERS[kind](document)


def file_name(document: Document, kind: FileKind) -> str:
    """What such a file is called: half-year-201807-201812.odt."""
    period = document.period
    spans = "-".join(f"{month.year}{month.month:02d}" for month in (period.first, period.last))
    return f"half-year-{spans}.{kind.ending}"
