"""The console in process, with real accounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.identity.rules import StaffRole
from tests.console.people import Browser, hire, new_browser
from tests.desk import desk
from tests.e2e.browser import browser, visitor
from tests.in_process import Gateway

__all__ = ["browser", "desk", "visitor"]


@pytest.fixture
def signed_in(gateway: Gateway) -> Callable[..., Browser]:
    """Makes an account with these roles and signs it in."""

    def begin(*roles: StaffRole, username: str = "mei", units: tuple[str, ...] = ()) -> Browser:
        hire(gateway.app.state.identity, username, *roles, units=units, name="林小美")
        browser = new_browser(gateway)
        assert browser.sign_in(username).status_code == 303
        return browser

    return begin


@pytest.fixture
def stranger(gateway: Gateway) -> Browser:
    """A browser in which nobody is signed in."""
    return new_browser(gateway)
