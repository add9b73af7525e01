"""The console in a real browser: the gateway served in this process, without Rasa, and staff signed in.

Use `desk` in a test folder whose conftest has `from tests.e2e.browser import browser, visitor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page

from gateway.identity.rules import StaffRole
from gateway.settings import PROJECT_ROOT
from tests.console.people import PASSWORD, hire
from tests.e2e.browser import Visit, Visitor
from tests.in_process import StandIn
from tests.served import served

AXE = PROJECT_ROOT / ".cache/assets/checks/axe.min.js"
SERIOUS = ("serious", "critical")


@dataclass
class Desk:
    """A gateway on a port of its own, and whoever works at it."""

    app: FastAPI
    url: str
    visitor: Visitor

    def hire(
        self, username: str, *roles: StaffRole, units: tuple[str, ...] = (), name: str = "林小美"
    ) -> None:
        """An account that signs in with PASSWORD."""
        hire(self.app.state.identity, username, *roles, units=units, name=name)

    def open(self, path: str = "/console/", **options: Any) -> Visit:
        """A new browser at this page; nobody is signed in."""
        return self.visitor(self.url + path, **options)

    def sit_down(
        self, *roles: StaffRole, path: str = "/console/", username: str = "mei", units: tuple[str, ...] = (),
        **options: Any,
    ) -> Visit:  # fmt: skip
        """Hire somebody with these roles and sign them in through the page; the browser is at `path`."""
        self.hire(username, *roles, units=units)
        visit = self.open(path, **options)
        sign_in(visit.page, username)
        return visit


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in the login page and send it."""
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("#password").press("Enter")
    page.wait_for_url(lambda url: "/console/login" not in url)


def barriers(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page: rule and element."""
    # Not as a script tag: the page's policy would rightly refuse it.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


def picture(page: Page, name: str, folder: Path) -> Path:
    """A picture of the whole page."""
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


@pytest.fixture
def desk(make_app: Callable[..., FastAPI], visitor: Visitor) -> Iterator[Desk]:
    """A served console with real rooms and a database of its own."""
    app = make_app(StandIn())
    with served(app) as url:
        yield Desk(app, url, visitor)
