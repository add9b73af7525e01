"""Reports for whoever may read them: on pages and over HTTP the same figures, each within their reach."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.cases.rules import Act, Role
from gateway.database.migrate import downgrade, upgrade
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from gateway.outbox.models import OutboxMessage
from gateway.reports.cases.deadlines import COLUMNS
from gateway.reports.cases.dimensions import By
from gateway.reports.cases.entered import NOW, STANDING
from gateway.reports.cases.lines import DRILLS
from tests.channels.test_failed_answers import alone
from tests.console.filing import act, file_case, finish
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
API = "/api/v1/reports"
PAGES = "/console/reports"
TODAY = datetime.now(ZoneInfo("Asia/Taipei")).date()
ABOUT_NOW = {"from": str(TODAY - timedelta(days=400)), "to": str(TODAY + timedelta(days=1))}


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    """A city with cases of two units: open, late, done, moved, merged, converted, extended."""
    made = start(alone())
    app = made.app
    file_case(app)
    file_case(app, hours_ago=300)
    finish(app, file_case(app, hours_ago=2))
    finish(app, file_case(app, hours_ago=300))
    finish(app, file_case(app), release=False)
    act(app, file_case(app), Act.REASSIGN, Role.DISPATCHER, unit="水利局", note="路段屬水利局")
    act(app, file_case(app), Act.MERGE, Role.DISPATCHER, other_case=file_case(app))
    act(app, file_case(app), Act.WITHDRAW, Role.OPERATOR)
    act(app, file_case(app), Act.RETURN, Role.SUPERVISOR, note="非本處權責")
    file_case(app, kind="petition", item_code="petition_roads", district="旗山區", channel="line")
    file_case(app, item_code="gutter_cover_damage", district=None, channel="app")
    app.state.ledger.gather_all()
    return made


def foot(page: str) -> list[str]:
    """The cells of the last row, as they are read."""
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page.partition("<tfoot>")[2].partition("</tfoot>")[0])
    return [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells]


def body_rows(page: str) -> int:
    return page.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>")


def test_page_and_program_get_the_same(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    span = {**ABOUT_NOW, "from": str(TODAY - timedelta(days=100))}
    for name, by in [*(("deadlines", by) for by in By), *((name, By.UNIT) for name in COLUMNS)]:
        asked = {**span, "by": by.value}
        answer = boss.get(f"{API}/{name}", params=asked)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert [column["key"] for column in told["columns"]] == [by.value, *COLUMNS[name]]
        page = boss.get(f"{PAGES}/{name}", params=asked)
        assert page.status_code == 200
        assert body_rows(page.text) == len(told["rows"])
        if "received" in COLUMNS[name]:
            place = COLUMNS[name].index("received") + 1
            assert foot(page.text)[place] == f"{told['total']['received']:,}" == "12"
            assert sum(row["received"] for row in told["rows"]) == 12


def test_every_figure_leads_to_as_many_cases_as_it_says(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    seen = {}
    for name, keys in COLUMNS.items():
        total = boss.get(f"{API}/{name}", params={**ABOUT_NOW, "by": "unit"}).json()["total"]
        for key in keys:
            if key in {*DRILLS, *STANDING, *NOW}:
                rows = boss.get(f"{API}/cases", params={**ABOUT_NOW, "figure": key}).json()["rows"]
                assert len(rows) == total[key], key
                seen[key] = len(rows)
    assert {"received", "finished", "merged", "withdrawn", "closing", "overdue_now"} <= {
        key for key, count in seen.items() if count
    }


def test_a_units_supervisor_sees_the_unit(signed_in: SignedIn) -> None:
    chief = signed_in(StaffRole.SUPERVISOR, username="chief", units=("水利局",))
    everything = signed_in(StaffRole.RESEARCHER, username="research", units=("水利局",))
    asked = {**ABOUT_NOW, "by": "unit"}
    own = chief.get(f"{API}/deadlines", params=asked).json()
    assert {row["unit"] for row in own["rows"]} <= {"水利局", "水利局防洪維護科"}
    assert own["total"]["received"] < 12
    assert everything.get(f"{API}/deadlines", params=asked).json()["total"]["received"] == 12
    other = chief.get(f"{API}/cases", params={**ABOUT_NOW, "unit": "養工處"}).json()
    assert other["rows"] == []
    late = chief.get(f"{API}/overdue").json()["rows"]
    assert all(row["unit"] == "水利局" for row in late)


REFUSED = [
    ({"from": "2026-07-01", "to": "2026-06-30"}, "ends before it begins"),
    ({"from": "1990-01-01", "to": "2026-06-30"}, "at most twenty years"),
    ({"from": "yesterday"}, "days such as"),
    ({"unit": "太空局"}, "unit: unknown"),
    ({"agency": "太空局"}, "agency: unknown"),
    ({"district": "中正區"}, "district: unknown"),
    ({"by": "colour"}, "by: one of"),
    ({"by": "day", "from": "2020-01-01", "to": "2026-01-01"}, "at most 366 days"),
]


def test_what_cannot_be_asked_is_said_above_the_form(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    for asked, told in REFUSED:
        page = boss.get(f"{PAGES}/deadlines", params=asked)
        assert page.status_code == 422
        assert told in page.text
        assert 'name="from"' in page.text
        answer = boss.get(f"{API}/deadlines", params=asked)
        assert answer.status_code == 422
        assert told in answer.json()["error"]["detail"]
    ten_years = {"from": "2017-01-01", "to": "2026-12-31", "by": "month"}
    assert len(boss.get(f"{API}/flow", params=ten_years).json()["rows"]) == 120


def test_lists_of_what_is_to_be_done(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    late = boss.get(f"{API}/overdue").json()["rows"]
    assert late and all("逾限" in row["late_for"] for row in late)
    assert boss.get(f"{API}/due-soon", params={"within": "4h"}).json()["rows"]
    assert boss.get(f"{API}/due-soon", params={"within": "9h"}).status_code == 422
    left = boss.get(f"{API}/untouched", params={"days": "1"}).json()["rows"]
    assert [row["still_for"] for row in left] == [12]
    assert boss.get(f"{API}/untouched", params={"days": "14"}).json()["rows"] == []
    assert boss.get(f"{API}/untouched", params={"days": "0"}).status_code == 422
    assert "台北" not in boss.get(f"{PAGES}/overdue").text
    for row in late:
        assert row["number"] in boss.get(f"{PAGES}/overdue").text


def test_no_report_holds_a_citizens_words_or_data(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    for report in gateway.app.state.reports:
        page = boss.get(f"{PAGES}/{report.name}", params=ABOUT_NOW)
        for secret in ("王大明", "0912-345-678", "ming@example.org", "巷口路面破一個大洞", "建工路100號"):
            assert secret not in page.text, (report.name, secret)


def test_programs_read_with_a_token(gateway: Gateway) -> None:
    def token(*scopes: Permission) -> dict[str, str]:
        with gateway.database.write() as session:
            made = gateway.app.state.identity.issue_token(session, "dash", scopes=scopes, by=SYSTEM)
        return {"authorization": f"Bearer {made.token}"}

    reads = token(Permission.REPORTS_READ)
    names = [one["name"] for one in gateway.client.get(API, headers=reads).json()]
    assert {"deadlines", "overdue", "half-year"} <= set(names)
    assert gateway.client.get(f"{API}/deadlines", headers=reads).status_code == 200
    assert gateway.client.get(f"{API}/nothing", headers=reads).status_code == 404
    assert gateway.client.get(f"{API}/overdue", headers=reads).status_code == 403
    assert gateway.client.get(f"{API}/deadlines").status_code == 401
    other = token(Permission.CASES_READ)
    assert gateway.client.get(f"{API}/deadlines", headers=other).status_code == 403


def test_every_column_has_its_meaning(signed_in: SignedIn) -> None:
    page = signed_in(StaffRole.SUPERVISOR).get(f"{PAGES}/definitions").text
    for keys in COLUMNS.values():
        for key in keys:
            assert f'id="cases-{key}"' in page, key
    assert "{seconds}" not in page


def test_units_that_lag_are_asked_and_answer(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    rows = boss.get(f"{API}/behind", params=ABOUT_NOW).json()["rows"]
    lagging = next(row["unit"] for row in rows if row["state"] == "待稽催")
    query = "&".join(f"{key}={value}" for key, value in ABOUT_NOW.items())
    sent = boss.post(f"{PAGES}/behind/ask", units=[lagging, "環保局"], query=query)
    assert sent.status_code == 303
    boss.post(f"{PAGES}/behind/ask", units=[lagging], query=query)
    with gateway.database.read() as session:
        letters = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "lag")).all()
    assert sorted(letter.recipient for letter in letters) == [f"supervisor:{lagging}", f"unit:{lagging}"]
    assert lagging in letters[0].payload["title"]

    stranger = signed_in(StaffRole.HANDLER, username="else", units=("環保局",))
    handler = signed_in(StaffRole.HANDLER, username="han", units=(lagging,))
    said = {"reason": "颱風後案件暴增", "recovery": "增派兩組人力", "recovered_by": str(TODAY)}
    assert stranger.post("/console/behind/1", **said).status_code == 404
    assert handler.post("/console/behind/1", **{**said, "reason": " "}).status_code == 422
    assert handler.post("/console/behind/1", **{**said, "recovered_by": "soon"}).status_code == 422
    assert handler.post("/console/behind/1", **said).status_code == 303
    assert handler.post("/console/behind/1", **said).status_code == 409
    row = next(
        row for row in boss.get(f"{API}/behind", params=ABOUT_NOW).json()["rows"] if row["unit"] == lagging
    )
    assert (row["state"], row["reason"], row["recovery"]) == ("已說明", said["reason"], said["recovery"])
    with gateway.database.read() as session:
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("lag."))).all()
    assert acts == ["lag.ask", "lag.answer"]


def test_while_the_schema_is_changed_it_says_so(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    downgrade(gateway.database, "0015")
    try:
        page = boss.get(f"{PAGES}/deadlines")
        assert page.status_code == 503
        assert "資料庫正在升級" in page.text
        assert boss.get(f"{API}/deadlines").json()["error"]["code"] == "being_upgraded"
    finally:
        upgrade(gateway.database)


def test_an_item_that_is_retired_keeps_its_name_and_its_kind(gateway: Gateway, signed_in: SignedIn) -> None:
    shelf, boss = gateway.app.state.catalogues, signed_in(StaffRole.SUPERVISOR)
    content = shelf.current().content
    kept = tuple(item for item in content.items if item.code != "road_pothole")
    with gateway.database.write() as session:
        shelf.store.publish(
            session, content.model_copy(update={"items": kept}), reason="併入其他項目", by="mei",
            role="supervisor", at=datetime.now(UTC),
        )  # fmt: skip
    shelf.refresh()
    by_item = boss.get(f"{PAGES}/deadlines", params={**ABOUT_NOW, "by": "item", "kind": "dispatch"}).text
    assert "路面坑洞（已停用）" in by_item
    of_it = boss.get(f"{PAGES}/deadlines", params={**ABOUT_NOW, "item": "road_pothole"}).text
    assert re.search(r'<option value="road_pothole" selected>\s*路面坑洞（已停用）', of_it)
    assert foot(of_it)[1] == "10"
    [main] = {item.main_zh for item in content.items if item.code == "road_pothole"}
    desk = boss.get("/console/cases", params={"state": "all", "main": main}).text
    assert "路面坑洞" in desk
    assert "road_pothole" not in desk


def test_english_readers_get_english(signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    boss.post("/console/preferences", language="en", back="/console/reports")
    page = boss.get(f"{PAGES}/deadlines", params={**ABOUT_NOW, "by": "district"}).text
    assert "On-time" in page or "On time" in page
    assert "District unknown" in page
