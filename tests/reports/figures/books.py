"""A book of figures for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.identity.views import Actor
from gateway.reports.figures.book import FigureBook

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2019, 1, 5, 1, 30, tzinfo=UTC)
"""Half past nine on 5 January 2019 in Taipei."""
MEI = Actor("mei", "researcher")


def book_of(database: Database, now: datetime = NOW) -> FigureBook:
    """The book of figures at an instant."""
    return FigureBook(database, AuditTrail(b"only for tests"), TAIPEI, lambda: now)
