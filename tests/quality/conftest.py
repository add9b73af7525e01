"""The room of quality sheets on a real, migrated database."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.audit.service import AuditTrail
from gateway.database import Database
from gateway.quality.drawing import Drawing
from gateway.quality.service import Assessments
from tests.both_databases import both, database

__all__ = ["both", "database"]
TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def trail() -> AuditTrail:
    return AuditTrail(b"only for tests")


@pytest.fixture
def drawing(database: Database, trail: AuditTrail) -> Drawing:
    return Drawing(database, trail, TAIPEI, lambda: NOW)


@pytest.fixture
def room(database: Database, trail: AuditTrail) -> Assessments:
    return Assessments(database, trail, TAIPEI, lambda: NOW)
