"""The half-year report of 2018, fed with the city's own figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_shelf import SingleCatalogue
from gateway.database import Database
from gateway.reports.figures.book import Way
from gateway.reports.figures.catalogue import figures
from gateway.reports.figures.months import Month, Period
from gateway.reports.figures.own import PlatformFigures
from gateway.reports.figures.reading import read_csv
from gateway.reports.half_year.document import Document
from gateway.reports.half_year.service import HalfYear
from tests.reports.figures.books import MEI, NOW, TAIPEI, book_of

FED = Path(__file__).with_name("figures_2018.csv")
"""The city's published figures of 2018; how they are spread over months is made up."""
LIVE = Month(2019, 1)
SECOND_HALF = Period(Month(2018, 7), Month(2018, 12))
PUBLISHED = {
    "calls": 434_901, "service_level": 98.16, "consultations": 96_608, "petitions": 103_024,
    "mayor_mailbox": 21_466, "dispatch": 47_353, "app_cases": 26_749, "legal_consultations": 6_024,
    "blood_pressure": 409,
}  # fmt: skip
"""What the city told of July to December 2018."""
PUBLISHED_OF_THE_YEAR = {"works_reports": 102, "works_finished": 102, "works_answered": 102}


def feed(database: Database) -> None:
    """Take the figures in."""
    given = read_csv(FED.read_bytes(), figures(), Month(2019, 1))
    assert book_of(database).take(given, MEI, Way.IMPORT, of=FED.name).added == len(given)


def half_year() -> HalfYear:
    """The report of a platform that went live in 2019."""
    return HalfYear(TAIPEI, LIVE, PlatformFigures(TAIPEI, SingleCatalogue(Catalogue.load())))


def draw_up(database: Database, period: Period = SECOND_HALF) -> Document:
    """The report as it stands on 5 January 2019."""
    with database.snapshot() as session:
        return half_year().draw_up(session, period, NOW)


@pytest.fixture
def fed(database: Database) -> Database:
    """SQLite with the figures of 2018."""
    feed(database)
    return database
