"""Assembles the rooms of the reports: every report on its shelf, and who keeps the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy.orm import Session

from gateway.opendata.city import CityFigures
from gateway.opendata.files import MonthlyFiles
from gateway.reports.behind.report import LagReport
from gateway.reports.board.links import Screens
from gateway.reports.board.service import Boards
from gateway.reports.cases.deadlines import COLUMNS, DeadlineReport
from gateway.reports.cases.entered import CountedCases
from gateway.reports.cases.ledger import Ledger
from gateway.reports.cases.open_lists import TITLES, OpenCases
from gateway.reports.conversations.room import conversation_reports
from gateway.reports.exports.service import Exports
from gateway.reports.exports.worker import ExportWorker
from gateway.reports.figures.book import FigureBook
from gateway.reports.half_year.reports import HalfYearReport, OutsideFigures
from gateway.reports.half_year.service import HalfYear
from gateway.reports.learning.room import Learning
from gateway.reports.learning.topics import entry_questions
from gateway.reports.map.report import MapReport
from gateway.reports.saved.sending import ReportSending
from gateway.reports.saved.service import SavedReports
from gateway.reports.shelf import ReportShelf
from gateway.reports.tables import Report
from gateway.settings import Settings


def open_reports(app: FastAPI, settings: Settings) -> None:
    """What supervisors, research and evaluation, the council and the public are told."""
    state, cases = app.state, app.state.cases
    state.ledger = Ledger(cases)
    state.half_year = HalfYear.of(settings, cases.catalogues)
    state.figure_book = FigureBook(state.database, cases.trail, state.half_year.zone, cases.clock)
    state.live_board = Boards(state.database, settings, cases.office, cases.clock)
    state.screens = Screens(state.database)
    deadlines = [DeadlineReport(name, cases, state.places) for name in COLUMNS]
    lists = [OpenCases(name, cases, state.places) for name in TITLES]
    counted = CountedCases(cases, state.places)
    half_year = (HalfYearReport(state.half_year), OutsideFigures(state.half_year))
    talks = conversation_reports(settings, state.answers.shelf.base, state.gathering)
    zone = ZoneInfo(settings.timezone)
    questions = partial(entry_questions, state.answers, zone)
    state.learning = Learning(state.database, cases, state.places, questions, zone)
    behind = LagReport(cases, state.places, settings.lag_threshold)
    maps = MapReport(cases, state.places, zone)
    of_cases: list[Report] = [*deadlines, *lists, behind, counted, maps]
    state.reports = ReportShelf(*of_cases, *talks, *state.learning.reports, *half_year)
    _open_files(app, settings, zone)
    _open_public(app, settings, zone)


def _open_files(app: FastAPI, settings: Settings, zone: ZoneInfo) -> None:
    """What reports become besides pages: files, saved addresses, letters."""
    state, cases = app.state, app.state.cases
    database, reports, trail = state.database, state.reports, cases.trail

    def works(session: Session) -> Callable[[date], bool]:
        nature = cases.office(session).calendar.nature
        return lambda day: bool(nature(day).works)

    state.exports = Exports(database, trail, settings)
    state.export_worker = ExportWorker(database, reports, state.exports, trail, settings)
    state.saved_reports = SavedReports(trail)
    state.report_sending = ReportSending(
        database, reports, cases.outbox, trail, works, zone, settings.public_url
    )  # fmt: skip


def _open_public(app: FastAPI, settings: Settings, zone: ZoneInfo) -> None:
    """What the city publishes by itself."""
    state, fresh = app.state, timedelta(minutes=settings.public_minutes)
    state.city_figures = CityFigures(state.cases, state.places, zone, fresh)
    folder = settings.data_dir / "opendata"
    state.monthly_files = MonthlyFiles(state.cases, state.places, zone, folder, fresh)
