"""The edge to HTTP, on a small application of its own: cookies and permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient
from starlette.responses import Response

from gateway.channels.errors import install_error_handlers
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.service import COOKIE, IdentityService
from gateway.identity.views import Staff
from gateway.identity.web import (
    clear_session_cookie,
    current_staff,
    require,
    set_session_cookie,
    signed_in,
)
from gateway.settings import Settings
from tests.identity.conftest import BY, HERE, PASSWORD, Clock

MakeStaff = Callable[..., Staff]


@pytest.fixture
def app(identity: IdentityService) -> FastAPI:
    app = FastAPI()
    app.state.identity, app.state.settings = identity, Settings()
    install_error_handlers(app)

    @app.post("/login")
    def login(request: Request, response: Response, username: str, password: str) -> dict[str, str]:
        result = identity.login(username, password, None, HERE)
        set_session_cookie(response, request, result.token)
        return {"csrf": result.staff.csrf if result.staff else ""}

    @app.post("/logout")
    def logout(request: Request, response: Response) -> None:
        identity.logout(request.cookies.get(COOKIE, ""))
        clear_session_cookie(response, request)

    @app.get("/account")
    def account(staff: Annotated[Staff, Depends(signed_in)]) -> str:
        return staff.username

    @app.get("/desk")
    def desk(staff: Annotated[Staff, Depends(current_staff)]) -> str:
        return staff.username

    @app.get("/audit")
    def audit(staff: Annotated[Staff, Depends(require(Permission.AUDIT_READ))]) -> str:
        return staff.username

    return app


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, "https://testserver")


def sign_in(client: TestClient, password: str = PASSWORD) -> str:
    answer = client.post("/login", params={"username": "mary", "password": password})
    assert answer.status_code == 200, answer.text
    return answer.headers["set-cookie"]


def refusal(client: TestClient, path: str) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("base", "secure"),
    [
        ("https://1999.example.gov.tw", True),
        ("http://1999.example.gov.tw", True),
        ("https://127.0.0.1:8000", True),
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
    ],
)
def test_the_cookie(app: FastAPI, make_staff: MakeStaff, base: str, secure: bool) -> None:
    make_staff()
    client = TestClient(app, base)
    for cookie in (sign_in(client), client.post("/logout").headers["set-cookie"]):
        assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
        assert ("Secure" in cookie) is secure
        assert "Domain" not in cookie


def test_nobody_is_let_in_without_a_session(client: TestClient) -> None:
    for path in ("/account", "/desk", "/audit"):
        assert refusal(client, path) == (401, "not_signed_in")
    client.cookies.set(COOKIE, "made up")
    assert refusal(client, "/desk") == (401, "not_signed_in")


def test_a_permission_is_asked_for(
    client: TestClient, make_staff: MakeStaff, identity: IdentityService
) -> None:
    staff = make_staff()
    sign_in(client)
    assert client.get("/desk").json() == "mary"
    assert refusal(client, "/audit") == (403, "not_permitted")
    with identity.database.write() as session:
        identity.set_roles(session, staff.id, [StaffRole.AUDITOR], by=BY)
    assert refusal(client, "/audit") == (401, "not_signed_in")
    sign_in(client)
    assert client.get("/audit").json() == "mary"


def test_a_stolen_cookie_is_worth_nothing_after_logout_and_in_the_end(
    client: TestClient, app: FastAPI, make_staff: MakeStaff, clock: Clock
) -> None:
    make_staff()
    thief = TestClient(app, "https://testserver")
    sign_in(client)
    thief.cookies.set(COOKIE, client.cookies[COOKIE])
    assert thief.get("/desk").status_code == 200
    client.post("/logout")
    assert COOKIE not in client.cookies
    assert refusal(thief, "/desk") == (401, "not_signed_in")
    sign_in(client)
    clock.forward(hours=12)
    assert refusal(client, "/desk") == (401, "not_signed_in")


def test_a_cookie_from_before_signing_in_is_not_taken_over(client: TestClient, make_staff: MakeStaff) -> None:
    make_staff()
    client.cookies.set(COOKIE, "fixed by somebody else", domain="testserver.local", path="/")
    cookie = sign_in(client)
    assert "fixed by somebody else" not in cookie


def test_a_one_time_password_opens_nothing_but_its_change(
    client: TestClient, identity: IdentityService
) -> None:
    with identity.database.write() as session:
        _, password = identity.create_account(session, "mary", roles=[StaffRole.AUDITOR], by=BY)
    sign_in(client, password)
    assert client.get("/account").json() == "mary"
    for path in ("/desk", "/audit"):
        assert refusal(client, path) == (403, "must_change_password")
