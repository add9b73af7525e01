"""The browser for every end-to-end test, and a platform on which nobody has reported anything yet."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from gateway.cases.models import Case
from gateway.cases.rules import OPEN, Status
from gateway.database import Database
from gateway.settings import Settings
from tests.e2e.browser import at_home, browser, visitor
from tests.platform import Platform

__all__ = ["at_home", "browser", "visitor"]


@pytest.fixture(autouse=True)
def nobody_reported_before(request: pytest.FixtureRequest) -> None:
    """Tests that share one platform do not meet each other's cases: those still open are withdrawn."""
    if "platform" not in request.fixturenames:
        return
    shared: Platform = request.getfixturevalue("platform")
    database = Database(Settings(data_dir=shared.data_dir).database)
    with database.write() as session:
        session.execute(
            update(Case).where(Case.status.in_(sorted(OPEN))).values(status=Status.WITHDRAWN.value)
        )
    database.close()
