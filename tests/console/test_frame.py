"""What holds for every page of the console, whoever writes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import Request
from fastapi.routing import APIRoute
from jinja2 import FileSystemLoader

from gateway.console import i18n, navigation
from gateway.console.assets import Assets
from gateway.console.frame import TEMPLATES, Frame
from gateway.console.i18n import BrokenCatalogue, Language, Words
from gateway.console.listing import Column, Listing, ListState
from gateway.identity.rules import StaffRole
from gateway.settings import Settings
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
ALL_ROLES = tuple(StaffRole)
PAGES = (
    "/console/login", "/console/login/code", "/console/account", "/console/password", "/console/totp",
    "/console/accounts", "/console/accounts/_new", "/console/accounts/mei", "/console/audit",
    "/console/catalogue", "/console/catalogue/items/gutter_cover_damage", "/console/catalogue/versions",
    "/console/catalogue/import", "/console/outbox", "/console/webhooks", "/console/quality",
    "/console/quality/draws", "/console/quality/operators", "/console/quality/mine", "/console/board",
    "/console/board/wall", "/console/board/links", "/console/exports", "/console/reports/saved",
    "/console/reports", "/console/reports/deadlines", "/console/reports/definitions",
    "/console/reports/behind", "/console/behind", "/console/nothing",
)  # fmt: skip


class Strict(HTMLParser):
    """Notes what a strict policy would not run, and what is loaded from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        inline = tag == "style" or (tag == "script" and not given.get("src"))
        by_attribute = [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        loaded = [given.get(name) or "" for name in ("src", "href", "action", "hx-get", "hx-post")]
        abroad = [url for url in loaded if url.startswith(("http:", "https:", "//", "javascript:", "data:"))]
        if inline or by_attribute or abroad or (given.get("hx-vals") or "").startswith("js:"):
            self.faults.append(self.get_starttag_text() or tag)
        if given.get("id"):
            self.ids.append(given["id"] or "")


@pytest.mark.parametrize("language", list(Language))
def test_no_page_has_anything_inline_or_from_elsewhere(signed_in: SignedIn, language: Language) -> None:
    browser = signed_in(*ALL_ROLES, units=("養工處",))
    browser.post("/console/preferences", language=language)
    for path in PAGES:
        page = browser.get(path)
        strict = Strict(page.text)
        assert strict.faults == [], path
        assert len(strict.ids) == len(set(strict.ids)), path
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert not any(loose in policy for loose in ("ws:", "wss:", "http:", "https:", "unsafe"))
        assert f'<html lang="{language.html}"' in page.text or page.status_code == 303


def test_every_route_that_changes_something_refuses_a_form_without_token(
    gateway: Gateway, signed_in: SignedIn
) -> None:
    browser = signed_in(*ALL_ROLES, units=("養工處",))
    routes = [r for r in _routes(gateway) if (r.methods or set()) - {"GET", "HEAD"}]
    assert len(routes) >= 10
    for route in routes:
        path = re.sub(r"{[^}]+}", "disable", route.path)
        for token in ({}, {"csrf": "x" * 43}):
            refused = browser.client.post(path, data=token, follow_redirects=False)
            assert refused.status_code == 403, route.path
            assert "csrf_mismatch" in refused.text, route.path


def test_every_page_but_the_way_in_wants_somebody_signed_in(gateway: Gateway, stranger: Browser) -> None:
    open_to_all = {"/console/login", "/console/login/code", "/console/assets/{digest}/{name:path}"}
    open_to_all |= {"/console/sso/start", "/console/sso/callback", "/console/inbox/count"}
    open_to_all |= {"/console/board/wall", "/console/board/wall/figures.json"}
    for route in _routes(gateway):
        if "GET" in (route.methods or set()) and route.path not in open_to_all:
            sent = stranger.get(re.sub(r"{[^}]+}", "1", route.path))
            assert (sent.status_code, sent.headers["location"][:14]) == (303, "/console/login"), route.path


def test_the_navigation_leads_to_pages_that_are_there(signed_in: SignedIn) -> None:
    browser = signed_in(*ALL_ROLES, units=("養工處",))
    for group in navigation.GROUPS:
        for place in group.places:
            page = browser.get(place.url)
            assert page.status_code == 200, place.url
            assert f'href="{place.url}" aria-current="page"' in page.text


def test_every_message_is_there_in_both_languages_and_every_used_one_is_there() -> None:
    words = Words.load()
    for key in sorted(words.keys()):
        texts = [words.text(key, language) for language in Language]
        filled = [set(re.findall(r"{(\w+)}", text)) for text in texts]
        assert filled[0] == filled[1], key
    used = set()
    for path in [*TEMPLATES.rglob("*.html"), *Path(i18n.__file__).parent.glob("*.py")]:
        used |= set(re.findall(r"""\bt\(["']([a-z_.]+)["'][,)]""", _without_comments(path)))
    assert len(used) > 80
    assert {key for key in used if key not in words} == set()


@pytest.mark.parametrize(
    "broken", ["a: {zh: 一}", "a: {zh: 一, en: ''}", "a: {zh: 一, en: one, fr: un}", "a: 一", "[1]"]
)
def test_a_catalogue_with_a_hole_is_refused(tmp_path: Path, broken: str) -> None:
    (tmp_path / "words.yml").write_text(broken, encoding="utf-8")
    with pytest.raises(BrokenCatalogue):
        Words.load(tmp_path)


def test_assets_change_their_address_with_their_content(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/a.css").write_text("a")
    before = Assets(tmp_path / "own", tmp_path / "vendor").url("a.css")
    assert before == Assets(tmp_path / "own", tmp_path / "vendor").url("a.css")
    (tmp_path / "own/a.css").write_text("b")
    assert before != Assets(tmp_path / "own", tmp_path / "vendor").url("a.css")


def test_assets_are_served_from_here(gateway: Gateway, stranger: Browser) -> None:
    page = stranger.get("/console/login").text
    for url in re.findall(r'"(/console/assets/[^"]+)"', page):
        answer = stranger.get(url)
        assert answer.status_code == 200, url
        assert "immutable" in answer.headers["cache-control"]
    digest = gateway.app.state.frame.assets.digest
    assert stranger.get("/console/assets/old/shell.css").headers["cache-control"] == "no-cache"
    for name in (
        "vendor/leaflet/leaflet.js",
        "vendor/leaflet/leaflet.css",
        "vendor/leaflet/images/layers.png",
        "vendor/echarts/echarts.js",
    ):
        assert stranger.get(f"/console/assets/{digest}/{name}").status_code == 200
    for name in ("nothing.css", "%2e%2e/frame.py", "vendor/../../setup/npm.log", "vendor/"):
        assert stranger.get(f"/console/assets/{digest}/{name}").status_code == 404


def test_the_components_say_what_they_are_given(tmp_path: Path) -> None:
    page = _render(tmp_path)
    assert Strict(page).faults == []
    assert "<b>" not in page
    assert 'aria-sort="descending"' in page
    assert '<input type="hidden" name="sort" value="-due" form="cases-filters">' in page
    assert 'name="ids" value="D1" form="cases-bulk"' in page
    assert 'href="/console/cases?q=%E8%B7%AF" hx-get' in page
    assert "第 51–52 筆，共 1,234 筆" in page
    assert 'aria-describedby="result-hint result-error" aria-invalid="true"' in page
    assert 'inputmode="numeric"' in page
    assert '<li class="alarm">' in page
    assert 'class="badge warn"' in page
    assert 'data-opens="sure"' in page
    assert 'aria-current="page">未結 <span class="count">1,234</span>' in page
    assert "<dd>0</dd>" in page
    assert "<dd>—</dd>" in page
    assert 'title="2026-11-24 09:30:05">2026-11-24 09:30</time>' in page


def _without_comments(path: Path) -> str:
    return re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def _routes(gateway: Gateway) -> list[APIRoute]:
    routers = [getattr(route, "original_router", None) for route in gateway.app.routes]
    every = [route for router in routers if router is not None for route in router.routes]
    ours = [route for route in every if isinstance(route, APIRoute) and route.path.startswith("/console")]
    assert len(ours) > len(PAGES)
    return ours


def _render(tmp_path: Path) -> str:
    state = ListState.read(
        "/console/cases", {"q": "路", "sort": "-due", "page": "2"}, filters=("q",), sorts=("due", "number"),
        default_sort="due",
    )  # fmt: skip
    rows = [SimpleNamespace(number=number, due="<b>") for number in ("D1", "D2")]
    columns = (
        Column("number", "audit.seq", sortable=True),
        Column("due", "audit.at", sortable=True, extra=True),
    )
    frame = Frame(Settings(data_dir=tmp_path))
    frame.environment = frame.environment.overlay(loader=FileSystemLoader([TEMPLATES, Path(__file__).parent]))
    request = Request({
        "type": "http", "method": "GET", "path": "/console/cases", "query_string": b"", "headers": [],
        "app": SimpleNamespace(state=SimpleNamespace(settings=Settings(data_dir=tmp_path))), "scheme": "http",
        "server": ("localhost", 80),
    })  # fmt: skip
    at = datetime(2026, 11, 24, 1, 30, 5, tzinfo=UTC)
    entries = [SimpleNamespace(at=at, title="退件", who="養工處", tone="alarm", text="<b>")]
    return frame.render(
        request, "every_component.html", listing=Listing(state, columns, rows, 1234), entries=entries, at=at
    ).body.decode()  # fmt: skip
