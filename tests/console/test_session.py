"""Signing in and out: who comes in, who does not, and what the page says."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest

from gateway.console.frame import local_path
from gateway.identity.rules import StaffRole
from gateway.identity.service import COOKIE
from tests.console.people import HTMX, PASSWORD, Browser, hire, new_browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]


def test_who_signs_in_comes_to_the_first_page_of_the_navigation(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.ADMINISTRATOR)
    page = browser.get("/console/accounts")
    first = page.text.partition('<nav id="places"')[2].partition('<a href="')[2].partition('"')[0]
    home = browser.get("/console/")
    assert (home.status_code, home.headers["location"]) == (303, first)
    assert page.status_code == 200
    assert "林小美" in page.text
    assert page.headers["cache-control"] == "no-store"


def test_a_wrong_password_and_an_unknown_name_look_alike(gateway: Gateway, stranger: Browser) -> None:
    hire(gateway.app.state.identity, "mei", StaffRole.OPERATOR)
    pages = [stranger.sign_in(name, "not the password").text for name in ("mei", "nobody")]
    assert "帳號、密碼或驗證碼不正確" in pages[0]
    assert pages[0].replace('value="mei"', "") == pages[1].replace('value="nobody"', "")
    assert COOKIE not in stranger.client.cookies


def test_too_many_failures_are_told_with_the_wait(gateway: Gateway, stranger: Browser) -> None:
    hire(gateway.app.state.identity, "mei", StaffRole.OPERATOR)
    for _ in range(5):
        assert stranger.sign_in("mei", "not the password").status_code == 401
    refused = stranger.sign_in("mei")
    assert refused.status_code == 429
    assert "秒後再試" in refused.text


def test_the_login_form_needs_the_token_of_its_own_page(gateway: Gateway, stranger: Browser) -> None:
    hire(gateway.app.state.identity, "mei", StaffRole.OPERATOR)
    form = {"username": "mei", "password": PASSWORD}
    assert stranger.client.post("/console/login", data=form).status_code == 403
    assert stranger.client.post("/console/login", data={**form, "csrf": ""}).status_code == 403
    of_another = new_browser(gateway).token()
    stranger.token()
    assert stranger.client.post("/console/login", data={**form, "csrf": of_another}).status_code == 403
    assert COOKIE not in stranger.client.cookies


def test_signing_out_ends_the_session_itself(signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    stolen = browser.client.cookies[COOKIE]
    left = browser.post("/console/logout")
    assert left.headers["location"] == "/console/login"
    assert "您已登出" in browser.client.get("/console/login").text
    assert "您已登出" not in browser.client.get("/console/login").text
    browser.client.cookies.set(COOKIE, stolen, path="/")
    assert browser.get("/console/account").status_code == 303


def test_a_stranger_is_sent_to_sign_in_and_comes_back(gateway: Gateway, stranger: Browser) -> None:
    hire(gateway.app.state.identity, "mei", StaffRole.ADMINISTRATOR)
    sent = stranger.get("/console/accounts?q=mei&page=2")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/console/login?next=%2Fconsole%2Faccounts%3Fq%3Dmei%26page%3D2"
    assert (
        'name="next" value="/console/accounts?q=mei&amp;page=2"'
        in stranger.get(sent.headers["location"]).text
    )
    welcomed = stranger.sign_in("mei", next="/console/accounts?q=mei&page=2")
    assert welcomed.headers["location"] == "/console/accounts?q=mei&page=2"


def test_htmx_is_told_to_go_to_the_login_page(stranger: Browser) -> None:
    seen = {"hx-current-url": "https://testserver/console/accounts?role=editor"}
    sent = stranger.get("/console/accounts?page=2", headers={**HTMX, **seen})
    assert sent.status_code == 401
    assert sent.headers["hx-redirect"] == "/console/login?next=%2Fconsole%2Faccounts%3Frole%3Deditor"


def test_a_form_sent_after_the_session_has_ended_leads_to_sign_in(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    form = {"csrf": browser.token("/console/account"), "language": "en"}
    gateway.app.state.identity.logout(browser.client.cookies[COOKIE])
    sent = browser.client.post("/console/preferences", data=form, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/console/login")
    seen = {**HTMX, "hx-current-url": "https://testserver/console/account"}
    told = browser.client.post("/console/preferences", data=form, headers=seen)
    assert told.headers["hx-redirect"] == "/console/login?next=%2Fconsole%2Faccount"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/console/", "//example.org/console", "/console/../../x", "/console\\example.org",
        "/consolex", "/", "console/", "javascript:alert(1)", "/console/\n/x",
        "/console/login?next=/console/login", "/console/logout", "/console/ x", "http:/console/", "",
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_host_after_signing_in(elsewhere: str) -> None:
    assert local_path(elsewhere, "/console/") == "/console/"


@pytest.mark.parametrize("inside", ["/console", "/console/", "/console/accounts?q=%E6%9E%97&sort=-username"])
def test_pages_of_the_console_are_gone_on_to(inside: str) -> None:
    assert local_path(inside, "otherwise") == inside


def test_a_one_time_password_opens_nothing_but_its_own_change(gateway: Gateway, stranger: Browser) -> None:
    password = gateway.app.state.identity.ensure_first_administrator()
    assert stranger.sign_in("admin", password).headers["location"] == "/console/password"
    for path in ("/console/", "/console/accounts", "/console/account"):
        assert stranger.get(path).headers["location"] == "/console/password"
    assert stranger.get("/console/accounts", headers=HTMX).headers["hx-redirect"] == "/console/password"
    page = stranger.get("/console/password").text
    assert "一次性密碼" in page
    assert 'id="places"' not in page
    form = {"old": password, "new": PASSWORD}
    differs = stranger.post("/console/password", seen="/console/password", **form, again="another")
    assert (differs.status_code, "兩次輸入的新密碼不一樣" in differs.text) == (422, True)
    weak = stranger.post("/console/password", seen="/console/password", old=password, new="a", again="a")
    assert (weak.status_code, "至少 12 個字元" in weak.text) == (422, True)
    wrong = stranger.post(
        "/console/password", seen="/console/password", old="x", new=PASSWORD, again=PASSWORD
    )
    assert (wrong.status_code, "目前的密碼不正確" in wrong.text) == (401, True)
    changed = stranger.post("/console/password", seen="/console/password", **form, again=PASSWORD)
    assert changed.headers["location"] == "/console/"
    assert "密碼已變更" in stranger.client.get("/console/", follow_redirects=True).text


def test_the_second_factor_is_set_up_asked_for_and_taken_away(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    page = browser.post("/console/totp/begin").text
    assert "<svg" in page
    secret = page.split('<code class="secret">')[1].split("<")[0]
    wrong = browser.post("/console/totp/confirm", otp="000000x")
    assert (wrong.status_code, "驗證碼不正確" in wrong.text) == (422, True)
    codes = browser.post("/console/totp/confirm", otp=pyotp.TOTP(secret).now()).text
    recovery, another = (part.split("<")[0] for part in codes.split("<li><code>")[1:3])
    again = new_browser(gateway)
    assert again.sign_in("mei", next="/console/account").headers["location"] == (
        "/console/login/code?next=/console/account"
    )
    assert again.get("/console/account").status_code == 303
    refused = again.post("/console/login/code", seen="/console/login/code", otp="123")
    assert (refused.status_code, COOKIE in again.client.cookies) == (401, True)
    opened = again.post(
        "/console/login/code", seen="/console/login/code", otp=recovery, next="/console/account"
    )
    assert opened.headers["location"] == "/console/account"
    assert again.post("/console/totp/off", password="wrong", otp=another).status_code == 401
    for code in ("", "123456x", recovery):
        assert again.post("/console/totp/off", password=PASSWORD, otp=code).status_code == 401
    assert "已啟用" in again.get("/console/account").text
    gone = again.post("/console/totp/off", password=PASSWORD, otp=another)
    assert gone.headers["location"] == "/console/login"
    assert browser.get("/console/account").status_code == 303
    assert again.sign_in("mei").headers["location"] == "/console/"


def test_a_code_without_a_password_before_it_leads_back(stranger: Browser) -> None:
    sent = stranger.post("/console/login/code", seen="/console/login/code", otp="123456")
    assert sent.headers["location"] == "/console/login"
    assert "請重新登入" in stranger.client.get("/console/login").text


def test_a_role_that_needs_a_second_factor_gets_nowhere_without(start: Callable[..., Gateway]) -> None:
    gateway = start(require_totp_roles=["supervisor"])
    hire(gateway.app.state.identity, "mei", StaffRole.SUPERVISOR)
    browser = new_browser(gateway)
    assert browser.sign_in("mei").headers["location"] == "/console/totp"
    assert browser.get("/console/audit").headers["location"] == "/console/totp"
    assert "您的角色須啟用兩步驟驗證" in browser.get("/console/totp").text


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    gateway: Gateway, stranger: Browser
) -> None:
    hire(gateway.app.state.identity, "mei", StaffRole.OPERATOR)
    cookie = next(c for c in stranger.sign_in("mei").headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(cookie.split("; "))


def test_language_and_look_are_kept_with_the_account_and_the_browser(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(StaffRole.OPERATOR)
    back = browser.post("/console/preferences", language="en", back="/console/account?x=1")
    assert back.headers["location"] == "/console/account?x=1"
    page = browser.get("/console/account").text
    assert '<html lang="en"' in page
    assert "My account" in page
    another = new_browser(gateway)
    another.sign_in("mei")
    assert "My account" in another.get("/console/account").text
    browser.post("/console/preferences", look="dark", back="https://example.org/")
    assert 'data-look="dark"' in browser.get("/console/account").text
    browser.post("/console/preferences", look="<script>", language="xx")
    assert 'data-look="dark"' in browser.get("/console/account").text


def test_a_strangers_language_is_the_browsers_until_chosen(stranger: Browser) -> None:
    assert '<html lang="zh-Hant-TW"' in stranger.get("/console/login").text
    english = {"accept-language": "en-GB,en;q=0.9"}
    assert "Sign in" in stranger.get("/console/login", headers=english).text
    sent = stranger.post(
        "/console/preferences", seen="/console/login", language="zh-TW", back="/console/login"
    )
    assert sent.headers["location"] == "/console/login"
    assert "登入" in stranger.get("/console/login", headers=english).text
