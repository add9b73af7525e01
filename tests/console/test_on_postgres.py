"""The doors whose questions are most SQL, on PostgreSQL as well: desk, exports, reminders, Open311."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from gateway.cases.models import Case, CaseDue
from gateway.database import Database, migrate
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from tests.console.filing import file_case, finish
from tests.console.people import hire, new_browser
from tests.console.test_desk_more import HOLE, hidden_of, key, remind
from tests.in_process import Gateway

pytestmark = pytest.mark.postgres
V2 = "/open311/v2"


@pytest.fixture
def on_postgres(start: Callable[..., Gateway], postgres_url: str) -> Gateway:
    """A gateway on an empty PostgreSQL database."""
    database = Database(postgres_url)
    migrate.upgrade(database)
    database.close()
    return start(database_url=postgres_url)


def test_the_desk(on_postgres: Gateway) -> None:
    app = on_postgres.app
    hire(app.state.identity, "sup", StaffRole.SUPERVISOR)
    browser = new_browser(on_postgres)
    assert browser.sign_in("sup").status_code == 303
    one, two, done = (file_case(app, hours_ago=hours) for hours in (1, 200, 3))
    finish(app, done)
    for query in ("", "?due=overdue", "?late=very", "?q=建工路", "?state=all&sort=-received", "?split=yes",
                  "?extension=yes", "?unit=養工處&due=week"):  # fmt: skip
        assert browser.get(f"/console/cases{query}").status_code == 200, query
    assert two in browser.get("/console/cases?late=very").text
    assert browser.get("/console/cases.csv?state=all").text.count("\n") == 4
    given = browser.client.post("/console/cases/bulk", data={
        "csrf": browser.token("/console/account"), "ids": [key(on_postgres, one), key(on_postgres, two)],
        "to_unit": "水利局", "reason": "屬排水設施",
    })  # fmt: skip
    assert "2 件完成" in given.text
    told = browser.post("/console/cases/new", **{**HOLE, "step": "check"})
    assert one in told.text
    fields = hidden_of(told.text, "register")
    places = {
        browser.client.post("/console/cases/new", data=fields, follow_redirects=False).headers["location"]
        for _ in range(2)
    }
    assert len(places) == 1
    remind(on_postgres, "supervisor:水利局", one)
    assert int(browser.get("/console/inbox/count").text) > 0
    assert one in browser.get("/console/inbox?unread=yes").text


def test_a_closure(on_postgres: Gateway) -> None:
    app = on_postgres.app
    hire(app.state.identity, "sup", StaffRole.SUPERVISOR)
    browser = new_browser(on_postgres)
    browser.sign_in("sup")
    number = file_case(app, kind="petition", item_code="petition_roads")

    def due() -> datetime:
        with on_postgres.database.read() as session:
            return session.scalars(
                select(CaseDue.due_at).join(Case, Case.id == CaseDue.case_id).where(
                    Case.number == number, CaseDue.stage == "completion"
                )
            ).one()  # fmt: skip

    before = due()
    day = (before + timedelta(hours=8)).date().isoformat()
    answer = browser.post("/console/closures", day=day, part="am", zh="颱風", en="Typhoon", announced_at="")
    assert answer.status_code == 303
    assert due() > before


def test_programs(on_postgres: Gateway) -> None:
    app, client = on_postgres.app, on_postgres.client
    with on_postgres.database.write() as session:
        token = app.state.identity.issue_token(
            session, "city-app", scopes={Permission.CASES_FILE}, by=SYSTEM
        ).token
    form = {"service_code": "road_pothole", "lat": "22.6466", "long": "120.3253", "api_key": token}
    first, again = (
        client.post(f"{V2}/requests.json", data={**form, "token": "a-token-of-mine"}) for _ in range(2)
    )
    number = first.json()[0]["service_request_id"]
    assert (first.status_code, again.status_code) == (201, 200)
    for name in ("a-token-of-mine", number):
        found = client.get(f"{V2}/tokens/{name}.json").json()
        assert found[0]["service_request_id"] == number
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    for query in ({}, {"status": "open"}, {"updated_after": since}, {"service_request_id": number},
                  {"service_code": "road_pothole", "page": "1", "page_size": "5"}):  # fmt: skip
        listed = client.get(f"{V2}/requests.json", params=query).json()
        assert [one["service_request_id"] for one in listed] == [number], query
    assert client.get("/open1999/ServiceRequestsQuery").json()[0]["FileNo_"] == number
    with on_postgres.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
