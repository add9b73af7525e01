"""The board over HTTP, and the links by which screens show it: what they open, for whom, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import select, update

from gateway.audit.models import AuditEntry
from gateway.cases.rules import Act, Role
from gateway.conversations.rules import Owner
from gateway.handoff.models import LineReport
from gateway.handoff.rules import Presence
from gateway.handoff.views import Person
from gateway.identity.models import Account
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from gateway.reports.board import links
from gateway.reports.board.models import BoardLink
from tests.console.filing import act, file_case, finish
from tests.console.people import Browser, new_browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
FIGURES, WALL = "/console/board/figures.json", "/console/board/wall/figures.json"
HOME, OTHER = "養工處", "水利局"


def made_by(browser: Browser, name: str = "北牆", days: int = 30) -> str:
    """The token of a new link."""
    page = browser.post("/console/board/links", seen="/console/board/links", name=name, days=days)
    assert page.status_code == 200, page.text
    found = re.search(r'id="board-address">([^<]+)<', page.text)
    assert found
    address, _, token = unescape(found[1]).partition("#")
    assert address == "https://testserver/console/board/wall?look=dark"
    return token


def shown(gateway: Gateway, token: str) -> httpx.Response:
    """What a screen is answered."""
    headers = {"authorization": f"Bearer {token}".encode()} if token else {}
    return new_browser(gateway).get(WALL, headers=headers)


def change(gateway: Gateway, username: str, units: list[str]) -> None:
    """Put somebody into these units."""
    with gateway.database.write() as session:
        account = session.scalars(select(Account).where(Account.username == username)).one()
        account.units = units


def counted(gateway: Gateway) -> None:
    """Let everything be in the ledger that the platform counts in a moment by itself."""
    gateway.app.state.ledger.gather_all()
    gateway.app.state.live_board._kept.clear()


def test_the_board_tells_of_today_and_of_what_is_open(gateway: Gateway, signed_in: SignedIn) -> None:
    first = file_case(gateway.app)
    for _ in range(2):
        file_case(gateway.app, district="鳳山區")
    finish(gateway.app, first)
    counted(gateway)
    told = signed_in(StaffRole.RESEARCHER).get(FIGURES).json()
    assert (told["received"], told["finished"], told["open"]) == (3, 1, 2)
    areas = {one["name"]: one["open"] for one in told["areas"]}
    assert len(areas) == 38 and areas["鳳山區"] == 2 and sum(areas.values()) == 2
    assert told["items"] == [{"name": "路面坑洞", "count": 3}]
    hours = {one["name"]: one["values"] for one in told["hours"]["series"]}
    assert (sum(hours["受理"]), sum(hours["辦結"]), len(hours["受理"])) == (3, 1, 24)
    assert told["waiting"] == 0 and told["longest"] is None and told["level"] is None
    assert told["lines"] is None and told["online"] == 0


def test_the_queue_its_people_and_the_telephones(gateway: Gateway, signed_in: SignedIn) -> None:
    state, now = gateway.app.state, gateway.app.state.handoffs.clock()
    boss = signed_in(StaffRole.SUPERVISOR)
    for _ in range(2):
        state.conversations.change_owner(gateway.open().id, Owner.QUEUE, "citizen", "asked")
    for name, presence in (("mei", Presence.AVAILABLE), ("hua", Presence.PAUSED), ("ann", Presence.AWAY)):
        state.handoffs.be(Person(name, name), presence)
    with gateway.database.write() as session:
        session.add(LineReport(at=now - timedelta(minutes=2), busy=59, total=60, reported_by="pbx"))
    counted(gateway)
    told = boss.get(FIGURES).json()
    assert (told["waiting"], told["entered"]) == (2, 2) and told["longest"] is not None
    assert (told["online"], told["free"], told["busy"], told["paused"]) == (1, 1, 0, 1)
    assert (told["lines"]["busy"], told["lines"]["full"], told["lines"]["fresh"]) == (59, True, True)
    assert told["lines"]["age"] >= 120
    with gateway.database.write() as session:
        session.execute(update(LineReport).values(at=now - timedelta(minutes=11)))
    counted(gateway)
    told = boss.get(FIGURES).json()
    assert (told["lines"]["full"], told["lines"]["fresh"]) == (False, False)


def test_nothing_personal_is_on_it(gateway: Gateway, signed_in: SignedIn) -> None:
    number = file_case(gateway.app)
    counted(gateway)
    boss = signed_in(StaffRole.SUPERVISOR)
    for text in (boss.get(FIGURES).text, shown(gateway, made_by(boss)).text):
        for told in (number, "王大明", "0912", "example.org", "建工路", "大洞", "林小美", "mei"):
            assert told not in text


def test_a_supervisor_of_a_unit_sees_the_units_board_and_so_does_the_screen(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    file_case(gateway.app)
    counted(gateway)
    own = signed_in(StaffRole.SUPERVISOR, username="own", units=(HOME,))
    other = signed_in(StaffRole.SUPERVISOR, username="other", units=(OTHER,))
    for browser, count, units in ((own, 1, HOME), (other, 0, OTHER)):
        for told in (browser.get(FIGURES).json(), shown(gateway, made_by(browser)).json()):
            assert (told["open"], told["received"], told["units"]) == (count, count, units)


def test_english_readers_get_english_names(gateway: Gateway, signed_in: SignedIn) -> None:
    file_case(gateway.app)
    counted(gateway)
    browser = signed_in(StaffRole.SUPERVISOR, units=(HOME,))
    browser.post("/console/preferences", language="en")
    told = browser.get(FIGURES).json()
    assert told["items"][0]["name"].isascii() and told["units"].isascii()
    assert "Received" in told["hours"]["sentence"]


@pytest.mark.parametrize("role", [StaffRole.RESEARCHER, StaffRole.AUDITOR, StaffRole.ADMINISTRATOR])
def test_only_supervisors_hang_up_screens(signed_in: SignedIn, role: StaffRole) -> None:
    browser = signed_in(role)
    assert browser.get("/console/board").status_code == 200
    assert 'href="/console/board/links"' not in browser.get("/console/board").text
    assert browser.get("/console/board/links").status_code == 403
    assert browser.post("/console/board/links", name="北牆", days=1).status_code == 403


@pytest.mark.parametrize(
    "token",
    ["", "wall_", "wall_nothing", "wst_nothing", "x" * 5000, "wall_é"],
)
def test_without_a_link_that_is_alive_a_screen_is_told_nothing(gateway: Gateway, token: str) -> None:
    answer = shown(gateway, token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "board_link_ended")
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"error"}


def test_a_screens_token_opens_nothing_else(gateway: Gateway, signed_in: SignedIn) -> None:
    token = made_by(signed_in(StaffRole.SUPERVISOR))
    headers = {"authorization": f"Bearer {token}"}
    assert shown(gateway, token).status_code == 200
    days = {"from": "2026-01-01", "to": "2026-01-02"}
    assert gateway.client.get("/api/v1/operator/counts", params=days, headers=headers).status_code == 401
    for path in (FIGURES, "/console/board", "/console/cases", "/console/board/links"):
        assert new_browser(gateway).get(path, headers=headers).status_code == 303, path


def test_an_api_token_opens_no_screen(gateway: Gateway) -> None:
    identity = gateway.app.state.identity
    with gateway.database.write() as session:
        issued = identity.issue_token(session, "program", scopes=[Permission.REPORTS_READ], by=SYSTEM)
    assert shown(gateway, issued.token).status_code == 401


def test_the_token_is_kept_as_a_digest_and_stands_in_no_list(gateway: Gateway, signed_in: SignedIn) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    token = made_by(boss)
    with gateway.database.read() as session:
        row = session.scalars(select(BoardLink)).one()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.act.like("board.%"))).all()
    assert token not in (row.token_hash, row.name) and len(row.token_hash) == 64
    assert [(one.act, one.actor, one.subject) for one in entries] == [
        ("board.link_made", "mei", f"board_link:{row.id}")
    ]
    assert token not in str([entry.detail for entry in entries])
    assert token not in boss.get("/console/board/links").text


def test_a_link_ends_at_once_and_only_by_those_who_may_see_what_it_shows(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    own = signed_in(StaffRole.SUPERVISOR, username="own", units=(HOME,))
    city, unit = made_by(boss, "全市"), made_by(own, "單位")
    assert 'id="link-1"' not in own.get("/console/board/links").text
    assert own.post("/console/board/links/1/end").status_code == 404
    assert shown(gateway, city).status_code == 200
    assert boss.post("/console/board/links/2/end").status_code == 303
    assert shown(gateway, unit).status_code == 401
    assert boss.post("/console/board/links/2/end").status_code == 404
    page = boss.get("/console/board/links").text
    assert page.count("使用中") == 1 and page.count("已失效") == 1
    with gateway.database.read() as session:
        assert session.get(BoardLink, 2).ended_by == "mei"  # type: ignore[union-attr]


def test_a_link_ends_with_its_time_and_with_its_makers_right_to_it(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    screens = gateway.app.state.screens
    token = made_by(signed_in(StaffRole.SUPERVISOR, username="leaver"), days=1)
    now = gateway.app.state.cases.clock()
    assert screens.units_shown(token, now + timedelta(hours=23)) is None
    with pytest.raises(links.BoardLinkEnded):
        screens.units_shown(token, now + timedelta(hours=25))
    change(gateway, "leaver", [HOME])
    assert shown(gateway, token).status_code == 401, "whose maker sees one unit now shows the city no more"
    change(gateway, "leaver", [])
    assert shown(gateway, token).status_code == 200
    with gateway.database.write() as session:
        account = session.scalars(select(Account).where(Account.username == "leaver")).one()
        gateway.app.state.identity.disable(session, account.id, by=SYSTEM)
    assert shown(gateway, token).status_code == 401


@pytest.mark.parametrize(
    ("name", "days"),
    [("", 30), (" ", 30), ("長" * 61, 30), ("北\u202e牆", 30), ("北牆", 0), ("北牆", 401), ("北牆", -3)],
)
def test_a_link_without_name_or_time_is_refused_and_what_was_typed_stays(
    gateway: Gateway, signed_in: SignedIn, name: str, days: int
) -> None:
    boss = signed_in(StaffRole.SUPERVISOR)
    page = boss.post("/console/board/links", seen="/console/board/links", name=name, days=days)
    assert page.status_code == 422
    assert "有效天數" in page.text and f'value="{days}"' in page.text
    with gateway.database.read() as session:
        assert session.scalars(select(BoardLink)).all() == []


def test_when_a_screen_last_asked_is_written_down_now_and_then(gateway: Gateway, signed_in: SignedIn) -> None:
    token = made_by(signed_in(StaffRole.SUPERVISOR))
    screens, now = gateway.app.state.screens, gateway.app.state.cases.clock()

    def seen() -> object:
        with gateway.database.read() as session:
            return session.scalars(select(BoardLink.seen_at)).one()

    screens.units_shown(token, now)
    screens.units_shown(token, now + links.SEEN_EVERY - timedelta(seconds=1))
    assert seen() == now
    screens.units_shown(token, now + links.SEEN_EVERY)
    assert seen() == now + links.SEEN_EVERY


def test_a_returned_case_is_open_and_the_citizens_wish_counts_as_open_too(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    number = file_case(gateway.app, hours_ago=200)
    act(gateway.app, number, Act.REQUEST_INFO, Role.SUPERVISOR, note="請補充地點")
    counted(gateway)
    told = signed_in(StaffRole.SUPERVISOR).get(FIGURES).json()
    assert told["open"] == 1 and told["received"] == 0
    assert told["overdue"] == 1, "what was late before the question stays late"
