"""Signing in by the city's identity provider, from the login page and back to where one wanted to go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from gateway.console.routes_sso import CALLBACK
from gateway.console.routes_sso import COOKIE as ON_THE_WAY
from gateway.identity.rules import StaffRole
from gateway.identity.service import COOKIE
from tests.console.people import ORIGIN, Browser, hire, new_browser
from tests.identity.issuer import CLIENT, SECRET, Issuer, running_issuer
from tests.in_process import Gateway


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer(int(time.time())) as running:
        yield running


@pytest.fixture
def browser(start: Callable[..., Gateway], issuer: Issuer) -> Browser:
    """A browser at a gateway with single sign-on, where `mary` has an account."""
    gateway = start(oidc_issuer=issuer.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET)
    hire(gateway.app.state.identity, "mary", StaffRole.AUDITOR)
    return new_browser(gateway)


def test_from_the_login_page_and_back_to_the_page_one_wanted(browser: Browser, issuer: Issuer) -> None:
    wanted = "/console/audit?q=a%20b"
    assert "/console/sso/start?next=" in browser.get("/console/login", params={"next": wanted}).text
    begun = browser.get("/console/sso/start", params={"next": wanted})
    assert begun.headers["location"].startswith(f"{issuer.url}/authorize?")
    cookie = begun.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/console/sso"))
    sent_back = issuer.approve(begun.headers["location"])
    assert issuer.codes[sent_back["code"]]["redirect_uri"] == ORIGIN + CALLBACK
    done = browser.get(CALLBACK, params=sent_back)
    assert (done.status_code, done.headers["location"]) == (303, wanted)
    assert ON_THE_WAY not in browser.client.cookies
    assert browser.get(wanted).status_code == 200


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example", "/console/login", ""])
def test_one_is_not_led_astray(browser: Browser, issuer: Issuer, next: str) -> None:
    begun = browser.get("/console/sso/start", params={"next": next})
    done = browser.get(CALLBACK, params=issuer.approve(begun.headers["location"]))
    assert done.headers["location"] == "/console/"


def test_a_stranger_is_told_so_and_gets_no_session(browser: Browser, issuer: Issuer) -> None:
    issuer.claims = {"preferred_username": "stranger"}
    begun = browser.get("/console/sso/start")
    done = browser.get(CALLBACK, params=issuer.approve(begun.headers["location"]))
    assert (done.status_code, done.headers["location"]) == (303, "/console/login")
    assert COOKIE not in browser.client.cookies
    assert "單一登入未成功" in browser.get("/console/login").text


@pytest.mark.parametrize(
    "params", [{}, {"error": "access_denied"}, {"state": "made up", "code": "made up"}, {"state": "\udcff"}]
)
def test_who_comes_back_without_having_gone(browser: Browser, issuer: Issuer, params: dict[str, str]) -> None:
    sent = {name: value.encode("utf-8", "surrogateescape") for name, value in params.items()}
    done = browser.get(CALLBACK, params=sent)
    assert done.headers["location"] == "/console/login"
    assert issuer.asked == []


def test_without_a_provider_there_is_no_such_page(gateway: Gateway) -> None:
    stranger = new_browser(gateway)
    assert "sso" not in stranger.get("/console/login").text
    assert stranger.get("/console/sso/start").status_code == 404
