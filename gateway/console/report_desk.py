"""What the pages of files and of saved reports share: the rooms, the question in words, where a report is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request

from gateway.console.routes_session import frame_of
from gateway.console.visitor import visitor_of
from gateway.errors import NotFound
from gateway.reports.exports.service import Exports
from gateway.reports.saved.periods import FROM, PERIOD, PERIOD_NAMES, TO, Period
from gateway.reports.saved.sending import ReportSending
from gateway.reports.saved.service import SavedReports
from gateway.reports.shelf import ReportShelf

BASE: Final = "/console/reports"
EXPORTS: Final = "/console/exports"
SAVED: Final = f"{BASE}/saved"


def reports_of(request: Request) -> ReportShelf:
    """Every report of this application."""
    reports: ReportShelf = request.app.state.reports
    return reports


def exports_of(request: Request) -> Exports:
    """The room of files."""
    exports: Exports = request.app.state.exports
    return exports


def saved_of(request: Request) -> SavedReports:
    """The room of saved reports."""
    saved: SavedReports = request.app.state.saved_reports
    return saved


def sending_of(request: Request) -> ReportSending:
    """The clock of saved reports."""
    sending: ReportSending = request.app.state.report_sending
    return sending


def now_of(request: Request) -> datetime:
    """This moment, in UTC."""
    now: datetime = request.app.state.cases.clock()
    return now


def zone_of(request: Request) -> ZoneInfo:
    """The city's time zone."""
    return ZoneInfo(request.app.state.settings.timezone)


def page_of(report: str, asked: Mapping[str, str]) -> str:
    """The address of a report's own page with a question."""
    return f"{BASE}/{report}?{urlencode(asked)}" if asked else f"{BASE}/{report}"


class ReportNames:
    """Names for one page, in the language of who looks at it."""

    def __init__(self, request: Request) -> None:
        self._reports = reports_of(request)
        self._words, self._language = frame_of(request).words, visitor_of(request).language

    def report(self, name: str) -> str:
        """The title of a report; its name where it is no longer there."""
        try:
            return self._reports.named(name).title[self._language == "en"]
        except NotFound:
            return name

    def question(self, asked: Mapping[str, str]) -> str:
        """What was asked, on one line: its period, and then the rest as in the address."""
        period = asked.get(PERIOD, "")
        told = [PERIOD_NAMES[Period(period)][self._language == "en"]] if period in set(Period) else []
        if asked.get(FROM) or asked.get(TO):
            told.append(f"{asked.get(FROM, '')} – {asked.get(TO, '')}")
        rest = {name: text for name, text in asked.items() if name not in {FROM, TO, PERIOD}}
        told += [f"{name}: {text}" for name, text in rest.items()]
        return self._words.text("form.comma", self._language).join(told) or "—"
