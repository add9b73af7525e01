"""A report that meets a migration says so soon, and is answered again afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gateway.database import Database
from gateway.database.migrate import downgrade, upgrade
from gateway.reports.moment import BeingUpgraded, one_moment

ASK = text("SELECT count(*) FROM report_totals")


@pytest.mark.postgres
def test_a_table_that_is_being_changed(migrated_url: str) -> None:
    database = Database(migrated_url)
    with database.engine.connect() as migrating:
        migrating.execute(text("LOCK TABLE report_totals IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(BeingUpgraded), one_moment(database) as session:
            session.execute(ASK)
    with one_moment(database) as session:
        assert session.scalar(ASK) == 0
    database.close()


def test_tables_that_are_not_there_yet(both: Database) -> None:
    downgrade(both, "0015")
    with pytest.raises(BeingUpgraded), one_moment(both) as session:
        session.execute(ASK)
    upgrade(both)
    with one_moment(both) as session:
        assert session.scalar(ASK) == 0


def test_another_mistake_stays_what_it_is(both: Database) -> None:
    with pytest.raises(Exception, match="report_nothing") as found, one_moment(both) as session:
        session.execute(text("SELECT count(*) FROM report_nothing"))
    assert not isinstance(found.value, BeingUpgraded)
