"""Staff of the console's tests: real accounts, signed in over HTTP."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from html import unescape

import httpx
from fastapi.testclient import TestClient

from gateway.identity.rules import StaffRole
from gateway.identity.service import IdentityService
from gateway.identity.views import SYSTEM
from tests.in_process import CITIZEN, Gateway

PASSWORD = "一句只給測試用的長密碼 4711"
ORIGIN = "https://testserver"
"""The console's cookies do not travel over plain http to another machine."""
HTMX = {"hx-request": "true"}
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Browser:
    """A browser with cookies of its own, for somebody of the staff."""

    client: httpx.Client

    def get(self, path: str, **more: object) -> httpx.Response:
        """See a page, without going where it may send one."""
        return self.client.get(path, follow_redirects=False, **more)

    def token(self, path: str = "/console/login") -> str:
        """The form token of a page."""
        page = self.client.get(path, follow_redirects=True)
        found = _TOKEN.search(page.text)
        assert found, page.text
        return unescape(found[1])

    def post(self, path: str, *, seen: str = "/console/account", **fields: object) -> httpx.Response:
        """Send a form of the page `seen`."""
        return self.client.post(path, data={"csrf": self.token(seen), **fields}, follow_redirects=False)

    def sign_in(self, username: str, password: str = PASSWORD, **fields: object) -> httpx.Response:
        """Send the form of the login page."""
        form = {"username": username, "password": password, **fields}
        return self.post("/console/login", seen="/console/login", **form)


def new_browser(gateway: Gateway) -> Browser:
    """A browser that has not been here before."""
    return Browser(TestClient(gateway.app, ORIGIN, raise_server_exceptions=False, client=(CITIZEN, 50_000)))


def hire(
    identity: IdentityService,
    username: str,
    *roles: StaffRole,
    units: Collection[str] = (),
    name: str | None = None,
) -> None:
    """An account with a password of its own."""
    with identity.database.write() as session:
        given = identity.create_account(
            session, username, roles=roles, units=units, display_name=name, by=SYSTEM
        )[1]
    staff = identity.login(username, given, None, CITIZEN).staff
    assert staff is not None
    identity.logout(identity.change_password(staff, given, PASSWORD, CITIZEN).token)
