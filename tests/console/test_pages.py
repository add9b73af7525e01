"""Accounts and the audit trail: what administrators and auditors see and do, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.audit.service import AuditTrail
from gateway.identity.rules import StaffRole
from gateway.identity.views import SYSTEM
from tests.console.people import HTMX, Browser, hire, new_browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
NEW = {"username": "ah-hua", "display_name": "陳阿華", "language": "zh-TW"}


def links(page: str) -> set[str]:
    """Where the navigation of a page leads."""
    navigation = page.partition('<nav id="places"')[2].partition("</nav>")[0]
    return set(re.findall(r'href="([^"]+)"', navigation))


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (StaffRole.ADMINISTRATOR, {"/console/accounts"}),
        (StaffRole.AUDITOR, {"/console/audit"}),
        (StaffRole.EDITOR, set()),
    ],
)
def test_everybody_sees_only_where_they_may_go(
    signed_in: SignedIn, role: StaffRole, places: set[str]
) -> None:
    browser = signed_in(role)
    page = browser.get("/console/account").text
    administration = {"/console/accounts", "/console/audit"}
    assert links(page) & administration == places
    for path in administration:
        assert browser.get(path).status_code == (200 if path in places else 403)


def test_what_a_role_may_not_do_is_refused_as_a_page_and_to_htmx_as_a_message(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.EDITOR)
    page = browser.get("/console/accounts")
    assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "沒有執行這項作業的權限" in page.text
    assert "林小美" in page.text
    fragment = browser.get("/console/accounts", headers=HTMX)
    assert fragment.status_code == 403
    assert fragment.headers["hx-retarget"] == "#messages"
    assert fragment.text.startswith('<p class="flash alarm" role="alert"')
    assert browser.post("/console/accounts", **NEW, roles="operator").status_code == 403


def test_an_unknown_page_and_a_wrong_method_are_pages_too(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    for path, status in (
        ("/console/nothing", 404),
        ("/console/accounts/nobody", 404),
        ("/console/logout", 405),
    ):
        page = browser.get(path)
        assert (page.status_code, page.text[:15]) == (status, "<!doctype html>")


def test_what_breaks_is_a_page_in_the_console_and_json_elsewhere(
    gateway: Gateway, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    monkeypatch.setattr("gateway.console.routes_accounts.Listing", None)
    page = browser.get("/console/accounts")
    assert (page.status_code, page.text[:15]) == (500, "<!doctype html>")
    assert "Traceback" not in page.text
    assert gateway.client.get("/nothing").json()["error"]["code"] == "not_found"


def test_an_administrator_makes_an_account_that_can_sign_in(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    made = browser.post("/console/accounts", **NEW, roles=["handler", "operator"], units=["養工處"])
    password = made.text.split('id="one-time-password">')[1].split("<")[0]
    assert made.headers["cache-control"] == "no-store"
    page = browser.get("/console/accounts/ah-hua").text
    assert password not in page
    assert "一次性密碼" in page
    assert re.search(r'value="養工處" checked', page)
    assert new_browser(gateway).sign_in("ah-hua", password).headers["location"] == "/console/password"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"username": "不行"}, "username"),
        ({"roles": "handler"}, "a handler needs a unit"),
        ({"roles": "king"}, "king"),
        ({"roles": "handler", "units": "不存在處"}, "不存在處"),
        ({"username": "MEI"}, "已有人使用"),
    ],
)
def test_what_cannot_be_an_account_is_told_and_what_was_typed_is_kept(
    signed_in: SignedIn, wrong: dict[str, str], told: str
) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    page = browser.post("/console/accounts", **{**NEW, "roles": "operator", **wrong})
    assert page.status_code in (409, 422)
    assert told in page.text
    assert 'value="陳阿華"' in page.text


def test_roles_names_and_units_are_changed_and_the_person_signs_in_anew(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    hire(gateway.app.state.identity, "ah-hua", StaffRole.OPERATOR)
    another = new_browser(gateway)
    another.sign_in("ah-hua")
    changed = {"display_name": "陳華", "language": "en", "roles": "editor", "units": "水利局"}
    sent = browser.post("/console/accounts/ah-hua", **changed)
    assert sent.headers["location"] == "/console/accounts/ah-hua"
    page = browser.get("/console/accounts/ah-hua").text
    assert "已儲存" in page
    assert re.search(r'value="editor" checked', page)
    assert not re.search(r'value="operator" checked', page)
    assert another.get("/console/account").headers["location"].startswith("/console/login")


def test_an_account_is_closed_and_opened_again(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    hire(gateway.app.state.identity, "ah-hua", StaffRole.OPERATOR)
    browser.post("/console/accounts/ah-hua/disable")
    assert "ah-hua 已停用" in browser.get("/console/accounts/ah-hua").text
    assert new_browser(gateway).sign_in("ah-hua").status_code == 401
    browser.post("/console/accounts/ah-hua/enable")
    assert new_browser(gateway).sign_in("ah-hua").status_code == 303
    reset = browser.post("/console/accounts/ah-hua/password")
    assert 'id="one-time-password"' in reset.text
    assert new_browser(gateway).sign_in("ah-hua").status_code == 401
    assert browser.post("/console/accounts/ah-hua/totp").status_code == 303
    assert browser.post("/console/accounts/ah-hua/crown").status_code == 422


def test_the_last_administrator_stays(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    refused = browser.post("/console/accounts/mei/disable")
    assert (refused.status_code, "至少要保留一位" in refused.text) == (409, True)
    form = {"display_name": "林小美", "language": "zh-TW", "roles": "operator"}
    assert browser.post("/console/accounts/mei", **form).status_code == 409
    assert browser.get("/console/accounts").status_code == 200


def test_accounts_are_searched_filtered_sorted_and_paged(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    identity = gateway.app.state.identity
    for number in range(30):
        with identity.database.write() as session:
            identity.create_account(
                session,
                f"staff-{number:02}",
                roles=[StaffRole.OPERATOR],
                by=SYSTEM,
                display_name=f"值班 {number}",
            )

    def names(query: str) -> list[str]:
        page = browser.get(f"/console/accounts?{query}").text
        return re.findall(r'href="/console/accounts/([a-z0-9-]+)">', page)

    assert names("size=25") == ["mei", *[f"staff-{number:02}" for number in range(24)]]
    assert names("size=25&page=2") == [f"staff-{number:02}" for number in range(24, 30)]
    assert names("sort=-username&size=25")[0] == "staff-29"
    assert names("role=administrator") == ["mei"]
    assert names("q=小美") == ["mei"]
    assert names("state=disabled") == []
    assert names("page=99") == []
    assert len(names("sort=password_hash&page=x&size=7")) == 31


def test_the_trail_is_paged_newest_first_and_filtered(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.AUDITOR)
    trail = AuditTrail(gateway.app.state.settings.signing_key())
    for day, act in ((1, "case.read"), (2, "case.read"), (3, "case_read")):
        at = datetime(2026, 11, day, 15, 59, tzinfo=UTC)
        with gateway.database.write() as session:
            detail = {"why": "<b>電話</b>", "tried": None}
            trail.append(
                session, act=act, actor="ah-hua", role="operator", subject="case:D1", detail=detail, at=at
            )

    def shown(query: str) -> list[int]:
        page = browser.get(f"/console/audit?{query}").text
        return [int(seq) for seq in re.findall(r'<td class="number">(\d+)</td>', page)]

    with gateway.database.read() as session:
        every = list(session.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq)))
    of_cases = every[-3:]
    assert shown("") == every[::-1]
    assert shown("sort=seq") == every
    assert shown("actor=ah-hua") == of_cases[::-1]
    assert shown("act=case_") == of_cases[2:]
    assert shown("subject=case:D1&to=2026-11-02") == of_cases[1::-1]
    assert shown("actor=ah-hua&from=2026-11-02&to=2026-11-02") == [of_cases[1]]
    assert shown("actor=ah-hua&from=someday") == of_cases[::-1]
    page = browser.get("/console/audit?actor=ah-hua").text
    assert "&lt;b&gt;電話" in page
    assert "tried" not in page
    assert "2026-11-03 23:59" in page


def test_every_act_of_an_administrator_is_in_the_trail(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    browser.post("/console/accounts", **NEW, roles="operator")
    browser.post("/console/accounts/ah-hua/disable")
    with gateway.database.read() as session:
        query = select(AuditEntry.act).where(
            AuditEntry.actor == "mei", AuditEntry.subject == "account:ah-hua"
        )
        assert list(session.scalars(query.order_by(AuditEntry.seq))) == [
            "account.created",
            "account.disabled",
        ]
