"""Who is refused is written down, at every door alike, and not over and over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from starlette.websockets import WebSocketDisconnect

from gateway.audit.models import AuditEntry
from gateway.identity.refusing import REFUSED
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from tests.console.people import Browser
from tests.in_process import Gateway

SignedIn = Callable[..., Browser]


def refusals(gateway: Gateway) -> list[tuple[str, str, dict[str, Any]]]:
    """Actor, subject and detail of every refusal that was written down."""
    with gateway.database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.act == REFUSED).order_by(AuditEntry.seq))
        found = [(row.actor, row.subject, row.detail) for row in rows]
        assert list(gateway.app.state.cases.trail.faults(session)) == []
    return found


def test_at_pages_the_interface_and_the_socket(gateway: Gateway, signed_in: SignedIn) -> None:
    browser = signed_in(StaffRole.HANDLER, units=("養工處",))
    assert browser.get("/console/accounts/mei?secret=1").status_code == 403
    assert browser.get("/api/v1/operator/queue").status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        browser.client.websocket_connect("wss://testserver/api/v1/operator/ws"),  # type: ignore[attr-defined]
    ):
        pass
    found = [(actor, subject, *detail.values()) for actor, subject, detail in refusals(gateway)]
    queue, socket = "/api/v1/operator/queue", "/api/v1/operator/ws"
    assert found == [
        ("mei", "GET /console/accounts/{username}", "users.manage", "/console/accounts/mei"),
        ("mei", f"GET {queue}", "chat.take", queue),
        ("mei", f"WS {socket}", "chat.take", socket),
    ]


def test_the_same_person_at_the_same_route_once_in_a_while(gateway: Gateway, signed_in: SignedIn) -> None:
    mei, hua = (signed_in(StaffRole.OPERATOR, username=name) for name in ("mei", "hua"))
    for _ in range(3):
        assert mei.get("/console/accounts/mei").status_code == 403
        assert mei.get("/console/accounts/hua").status_code == 403
    assert hua.get("/console/accounts/mei").status_code == 403
    assert mei.get("/console/audit").status_code == 403
    kept = [(actor, subject) for actor, subject, _ in refusals(gateway)]
    assert kept == [
        ("mei", "GET /console/accounts/{username}"), ("hua", "GET /console/accounts/{username}"),
        ("mei", "GET /console/audit"),
    ]  # fmt: skip


def test_a_program_is_named_and_a_stranger_leaves_nothing(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        issued = gateway.app.state.identity.issue_token(
            session, "pbx", scopes=[Permission.LINES_REPORT], by=SYSTEM
        )
    bearer = {"authorization": f"Bearer {issued.token}"}
    assert gateway.client.get("/api/v1/operator/queue", headers=bearer).status_code == 403
    assert gateway.client.get("/api/v1/operator/queue").status_code == 401
    assert gateway.client.get("/console/audit", follow_redirects=False).status_code == 303
    [(actor, subject, _)] = refusals(gateway)
    assert (actor, subject) == ("program:pbx", "GET /api/v1/operator/queue")


def test_the_refusal_stands_when_it_cannot_be_written_down(
    gateway: Gateway, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(StaffRole.OPERATOR)

    def broken(*_: object, **__: object) -> bool:
        raise RuntimeError("the trail is away")

    monkeypatch.setattr(gateway.app.state.identity, "note_refusal", broken)
    assert browser.get("/console/audit").status_code == 403
