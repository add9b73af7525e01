"""The map of cases over HTTP: who sees what, what is never in its data, tiles only where they are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.cases.rules import Act, Role
from gateway.channels.guards import CONTENT_SECURITY_POLICY
from gateway.identity.rules import StaffRole
from gateway.settings import Settings
from tests.console.filing import act, file_case
from tests.console.people import Browser, hire, new_browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]
BASE = "/console/reports/map"
BOX = "22,23.5,120,121"
HERE = {"lat": 22.646612, "lng": 120.325377}
SECRETS = ("大明", "0912", "ming@example.org", "建工路", "破一個大洞")


def points(browser: Browser, **more: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in {"box": BOX, "zoom": "12", **more}.items())
    answer = browser.get(f"{BASE}/points.json?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_nobodys_words_are_in_the_data(gateway: Gateway, signed_in: SignedIn) -> None:
    for _ in range(3):
        file_case(gateway.app, **HERE)
    browser = signed_in(StaffRole.SUPERVISOR)
    for path in (BASE, f"{BASE}/areas.json", f"{BASE}/points.json?box={BOX}&zoom=12", f"{BASE}/spots.json"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert not [secret for secret in SECRETS if secret in answer.text], path
        assert answer.headers["cache-control"] == "no-store"
    assert [spot["count"] for spot in browser.get(f"{BASE}/spots.json").json()["spots"]] == [3]


def test_a_confidential_case_is_counted_and_never_a_point(gateway: Gateway, signed_in: SignedIn) -> None:
    items = gateway.app.state.catalogues.current().items.values()
    sealed = next(item for item in items if item.confidentiality == "confidential")
    file_case(gateway.app, kind=sealed.kind.value, item_code=sealed.code, **HERE)
    gateway.app.state.ledger.gather_all()
    browser = signed_in(StaffRole.SUPERVISOR)
    assert points(browser) == {"total": 0, "points": [], "cells": []}
    [area] = browser.get(f"{BASE}/areas.json").json()["areas"]
    assert area["name"] == "三民區"
    assert sum(month[1] for month in area["months"]) == 1


def test_a_units_supervisor_sees_the_units_cases(gateway: Gateway, signed_in: SignedIn) -> None:
    mine = file_case(gateway.app, **HERE)
    file_case(gateway.app, item_code="street_light_out", **HERE)
    owner = gateway.app.state.catalogues.current()
    unit = owner.owner(owner.item("road_pothole"), "三民區")
    other = owner.owner(owner.item("street_light_out"), "三民區")
    expected = 2 if unit == other else 1
    browser = signed_in(StaffRole.SUPERVISOR, units=(unit,))
    found = points(browser)
    assert found["total"] == expected
    assert mine in {point["number"] for point in found["points"]}
    hire(gateway.app.state.identity, "far", StaffRole.SUPERVISOR, units=("動物保護處",))
    stranger = new_browser(gateway)
    stranger.sign_in("far")
    assert points(stranger)["total"] == 0
    assert stranger.get(f"{BASE}?unit={unit}").text.count("<tbody>") == 0
    everybody = new_browser(gateway)
    hire(gateway.app.state.identity, "res", StaffRole.RESEARCHER)
    everybody.sign_in("res")
    assert points(everybody)["total"] == 2
    assert points(everybody, item="street_light_out")["total"] == 1
    assert points(everybody, unit="動物保護處")["total"] == 0
    assert points(everybody, kind="petition")["total"] == 0


def test_only_open_cases(gateway: Gateway, signed_in: SignedIn) -> None:
    stays, gone = file_case(gateway.app, **HERE), file_case(gateway.app, **HERE)
    act(gateway.app, gone, Act.WITHDRAW, Role.CITIZEN)
    browser = signed_in(StaffRole.AUDITOR)
    assert points(browser)["total"] == 2
    [one] = points(browser, open="yes")["points"]
    assert (one["number"], one["open"]) == (stays, True)


def test_merged_and_near_cases_are_told(gateway: Gateway, signed_in: SignedIn) -> None:
    first, second = file_case(gateway.app, **HERE), file_case(gateway.app, lat=22.6470, lng=120.3256)
    browser = signed_in(StaffRole.SUPERVISOR)
    near = {point["number"]: point["near"] for point in points(browser)["points"]}
    assert near == {first: [second], second: [first]}
    act(gateway.app, second, Act.MERGE, Role.SUPERVISOR, other_case=first, note="同一處")
    merged = {point["number"]: point["merged_into"] for point in points(browser)["points"]}
    assert merged == {first: None, second: first}


@pytest.mark.parametrize(
    "query",
    [
        "from=2017-01-01&to=2016-01-01",
        "from=1990-01-01&to=2016-01-01",
        "from=gestern",
        "level=street",
        "kind=x",
    ],
)
def test_what_cannot_be_asked(signed_in: SignedIn, query: str) -> None:
    browser = signed_in(StaffRole.SUPERVISOR)
    page = browser.get(f"{BASE}?{query}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    for path in ("areas.json?", f"points.json?box={BOX}&zoom=12&", "spots.json?"):
        assert browser.get(f"{BASE}/{path}{query}").status_code == 422


@pytest.mark.parametrize(
    "query", ["box=1,2,3&zoom=12", f"box={BOX}&zoom=3", f"box={BOX}&zoom=12&month=2001-01", ""]
)
def test_a_place_that_cannot_be_looked_at(signed_in: SignedIn, query: str) -> None:
    assert signed_in(StaffRole.SUPERVISOR).get(f"{BASE}/points.json?{query}").status_code == 422


def test_the_policy_names_a_tile_server_only_where_the_settings_do(start: Callable[..., Gateway]) -> None:
    def policy(gateway: Gateway, path: str) -> str:
        browser = new_browser(gateway)
        if path.startswith("/console"):
            browser.sign_in("mei")
        told: str = browser.get(path).headers["content-security-policy"]
        return told

    gateway = start()
    hire(gateway.app.state.identity, "mei", StaffRole.SUPERVISOR)
    for path in (BASE, "/city", "/console/cases"):
        assert policy(gateway, path) == CONTENT_SECURITY_POLICY
    tiles = "https://tiles.example.gov.tw/{z}/{x}/{y}.png"
    gateway = start(map_tiles=tiles, map_attribution="© 內政部國土測繪中心")
    host = "https://tiles.example.gov.tw"
    allowed = CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self' {host}")
    assert policy(gateway, BASE) == policy(gateway, "/city") == allowed
    assert policy(gateway, "/console/cases") == CONTENT_SECURITY_POLICY
    assert gateway.client.get("/city/tiles.json").json()["tiles"] == tiles


@pytest.mark.parametrize(
    "tiles",
    [
        "http://tiles.example.org/{z}/{x}/{y}",
        "https://tiles.example.org/",
        "https://a b/{z}{x}{y}",
        "https://*.example.org/{z}/{x}/{y}",
        "https://t.example.org; script-src *//{z}/{x}/{y}",
        "//{z}/{x}/{y}",
    ],
)
def test_no_tile_server_that_would_loosen_the_policy(tiles: str) -> None:
    with pytest.raises(ValueError, match="tiles"):
        Settings(map_tiles=tiles, map_attribution="x")


def test_the_table_is_a_file_too(gateway: Gateway, signed_in: SignedIn) -> None:
    file_case(gateway.app, **HERE)
    gateway.app.state.ledger.gather_all()
    browser = signed_in(StaffRole.SUPERVISOR)
    page = browser.get(BASE)
    assert 'href="/console/reports/map/file.ods' in page.text
    answer = browser.get("/console/reports/map/file.csv?level=village")
    assert answer.status_code == 200
    assert "三民區" in answer.text
    assert not [secret for secret in SECRETS if secret in answer.text]
