"""Assembles the rooms of the reports: every report on its shelf, and who keeps the ledger."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from gateway.reports.behind.report import LagReport
from gateway.reports.cases.deadlines import COLUMNS, DeadlineReport
from gateway.reports.cases.entered import CountedCases
from gateway.reports.cases.ledger import Ledger
from gateway.reports.cases.open_lists import TITLES, OpenCases
from gateway.reports.conversations.room import conversation_reports
from gateway.reports.figures.book import FigureBook
from gateway.reports.half_year.reports import HalfYearReport, OutsideFigures
from gateway.reports.half_year.service import HalfYear
from gateway.reports.learning.room import Learning
from gateway.reports.learning.topics import entry_questions
from gateway.reports.shelf import ReportShelf
from gateway.settings import Settings


def open_reports(app: FastAPI, settings: Settings) -> None:
    """What supervisors, research and evaluation, the council and the public are told."""
    state, cases = app.state, app.state.cases
    state.ledger = Ledger(cases)
    state.half_year = HalfYear.of(settings)
    state.figure_book = FigureBook(state.database, cases.trail, state.half_year.zone, cases.clock)
    deadlines = [DeadlineReport(name, cases, state.places) for name in COLUMNS]
    lists = [OpenCases(name, cases, state.places) for name in TITLES]
    counted = CountedCases(cases, state.places)
    half_year = (HalfYearReport(state.half_year), OutsideFigures(state.half_year))
    talks = conversation_reports(settings, state.answers.shelf.base, state.gathering)
    zone = ZoneInfo(settings.timezone)
    questions = partial(entry_questions, state.answers, zone)
    state.learning = Learning(state.database, cases, state.places, questions, zone)
    behind = LagReport(cases, state.places, settings.lag_threshold)
    state.reports = ReportShelf(
        *deadlines, *lists, behind, counted, *talks, *state.learning.reports, *half_year
    )
